import { InvalidFile } from "../config-source/invalid-file.js";
import { Unreachable } from "../engine/connect.js";
import { Drifted } from "../engine/drift.js";
import { Locked } from "../engine/lock.js";
import { StepFailed } from "../engine/run.js";
import { Stopped } from "../engine/stopped.js";
import { Failure } from "../failure.js";
import { EXIT } from "./exit-codes.js";
import { Interrupted } from "./signals.js";
import { UsageError } from "./usage.js";

/** Prints an error for the operator on standard error; returns the exit code. */
export function reportError(error: unknown, resume: string): number {
  if (error instanceof Unreachable) {
    for (const failure of error.failures) printFailure(failure);
    return EXIT.failed;
  }
  if (!(error instanceof Failure)) {
    process.stderr.write(`k8s-ha: ${defect(error)}\n`);
    return EXIT.failed;
  }
  printFailure(error);
  if (error instanceof StepFailed && !(error.cause instanceof Failure))
    process.stderr.write(`${defect(error.cause)}\n`);
  if (error instanceof StepFailed || error instanceof Stopped || error instanceof Interrupted) {
    process.stderr.write(`  completed changes stay in place; continue with: ${resume}\n`);
  }
  if (error instanceof Stopped) return EXIT.stopped;
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Locked) return EXIT.locked;
  if (error instanceof Drifted) return EXIT.drifted;
  if (error instanceof UsageError) return EXIT.usage;
  return error instanceof InvalidFile ? EXIT.invalidFile : EXIT.failed;
}

/** Prints what failed, where, and the hint. */
export function printFailure(failure: Failure): void {
  const step = failure instanceof StepFailed ? failure.step : undefined;
  const where = [failure.host, step === undefined ? undefined : `step ${step}`]
    .filter((w) => w !== undefined)
    .join(", ");
  process.stderr.write(`k8s-ha: ${where === "" ? "" : `${where}: `}${failure.message}\n`);
  if (failure.hint !== undefined) process.stderr.write(`  hint: ${failure.hint}\n`);
}

function defect(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a bug in k8s-ha; report it with this stack trace:\n${stack}`;
}
