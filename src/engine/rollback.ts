import { RunSecrets } from "../changes/run-secrets.js";
import type { ApplyContext } from "../changes/kind.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { forgetSavedFiles } from "../machine/saved-files.js";
import type { Check } from "../steps/step.js";
import type { Baseline } from "./baseline.js";
import { withSkipHint } from "./lost-host.js";
import type { Migration } from "./migration.js";
import { requirePassed, verifyStep } from "./verification.js";
import { inOrder } from "./in-order.js";
import { operatorName } from "./operator-name.js";
import type { RunReport } from "./report.js";
import { runFailure, StepFailed, type RunOptions } from "./run.js";
import { Stopped } from "./stopped.js";
import { undoOf } from "./undo-order.js";
import type { PlannedUndo, PlannedUndoStep, UndoPlan } from "./planned-undo.js";
import { countUndos } from "./undo-plan.js";

/** Options of a rollback. */
export interface RollbackOptions extends Pick<
  RunOptions,
  "runId" | "cluster" | "origin" | "listen" | "journal" | "stopRequested" | "writing"
> {
  /** The ids of the runs that are rolled back: their saved files are deleted at the end. */
  readonly runs: readonly string[];
  /** What the cluster had before the first of these runs, if it was recorded. */
  readonly baseline?: Baseline | undefined;
}

/**
 * Undoes changes in reverse order, then verifies the remaining cluster. The journal records each undone change, so that
 * an interrupted rollback can be continued; so can one that left changes on lost hosts: it ends with `run-done`, and its
 * journals stay.
 * @throws StepFailed, Stopped
 */
export async function rollback(
  plan: UndoPlan,
  fleet: Fleet,
  migration: Migration,
  options: RollbackOptions,
): Promise<RunReport> {
  const { listen, runId } = options;
  const started = performance.now();
  const isComplete = plan.lostHosts === undefined;
  const undone = plan.steps.flatMap(({ undos }) => undos.map(({ change }) => change));
  const verification = migration.verificationAfterUndo(undone, options.baseline);
  const names = [...plan.steps, verification].map(({ id, title }) => ({ id, title }));
  listen({
    type: "run-started",
    runId,
    mode: "rollback",
    by: operatorName(),
    origin: options.origin,
    cluster: options.cluster,
    ...(fleet.lost.size > 0 && { skipHosts: [...fleet.lost] }),
    steps: names,
  });
  const probe = await migration.probeAvailability(fleet, {
    during: "rollback",
    writes: options.writing.objects,
  });
  let checks: readonly Check[] = [];
  try {
    for (const step of plan.steps) {
      await inStep(step.id, fleet, options, () => undoStep(step, fleet, options));
    }
    await inStep(verification.id, fleet, options, async () => {
      const own = await verifyStep(verification, fleet, options.stopRequested);
      const last = await migration.writingChecks(fleet, options.writing, runId);
      requirePassed(last);
      checks = [...own, ...last];
      listen({ type: "checks", step: verification.id, checks });
      await Promise.all(
        fleet
          .look()
          .hosts()
          .map(({ name }) => forgetSavedFiles(fleet.host(name), options.runs)),
      );
      return 0;
    });
  } catch (error) {
    await probe.stop();
    throw error;
  }
  const seconds = (performance.now() - started) / 1000;
  const availability = await probe.stop();
  const { journal } = options;
  const report = {
    runId,
    changes: countUndos(plan),
    seconds,
    checks,
    skippedHosts: [],
    availability,
    journal,
    ...(!isComplete && { lostHosts: plan.lostHosts }),
  };
  listen({ type: isComplete ? "rolled-back" : "run-done", report });
  return report;
}

/** Emits the events for a step's start and its end or failure. */
async function inStep(
  step: string,
  fleet: Fleet,
  { listen, stopRequested }: RollbackOptions,
  work: () => Promise<number>,
): Promise<void> {
  const started = performance.now();
  listen({ type: "step-started", step });
  try {
    if (stopRequested()) throw new Stopped("stopped as requested, between two steps");
    const changes = await work();
    listen({ type: "step-done", step, changes, ms: performance.now() - started });
  } catch (error) {
    const failure = runFailure(withSkipHint(error, fleet), step);
    listen({ type: "step-failed", step, error: failure });
    throw failure;
  }
}

async function undoStep(step: PlannedUndoStep, fleet: Fleet, options: RollbackOptions): Promise<number> {
  const { listen, runId, stopRequested } = options;
  await inOrder(
    step.undos,
    ({ host }) => host,
    step.atATime,
    async (undo) => {
      if (stopRequested()) throw new Stopped("stopped as requested, between two changes");
      const context: ApplyContext = {
        host: fleet.host(undo.host),
        fleet,
        secrets: new RunSecrets(),
        runId,
        note: (text) => {
          listen({ type: "note", step: step.id, text });
        },
      };
      const { change, what } = undo;
      const started = performance.now();
      listen({ type: "undo-started", step: step.id, change, what });
      await undoChange(undo, context).catch((error: unknown) => {
        throw new StepFailed(step.id, change, withSkipHint(error, fleet));
      });
      listen({ type: "undo-done", step: step.id, change, ms: performance.now() - started });
    },
  );
  return step.undos.length;
}

async function undoChange({ change, before }: PlannedUndo, context: ApplyContext): Promise<void> {
  const undo = undoOf(change);
  if (undo === undefined) throw new Failure(`${change.kind} cannot be undone`, { host: change.host });
  await undo.undo(change, before, context);
}
