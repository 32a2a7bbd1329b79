import { StepFailed } from "../engine/run.js";
import { whyNotSkipped } from "../inventory/skipping.js";
import type { Fleet } from "../machine/fleet.js";
import { quote } from "../shell/shell.js";
import { EXIT } from "./exit-codes.js";
import { printFailure } from "./failures.js";
import type { Logins } from "./logins.js";
import { runRollback, type RollbackOptions } from "./run-rollback.js";
import type { Session } from "./session.js";

interface Options extends Pick<RollbackOptions, "json" | "writeProbe" | "podProbe"> {
  /** The file, for the command that continues. */
  readonly inventory: string;
}

/**
 * For `--on-failure rollback`; without the hosts that do not respond any more, if they may be skipped.
 * @returns the exit code
 * @throws the error if a host that must not be skipped does not respond: then nothing is rolled back
 */
export async function rollBackAfter(
  error: StepFailed,
  session: Session,
  { inventory, json, writeProbe, podProbe }: Options,
  logins: Pick<Logins, "lostHosts" | "interrupt">,
): Promise<number> {
  const fleet = presentFleet(session.fleet, await logins.lostHosts(), inventory);
  if (fleet === undefined) throw error;
  printFailure(error);
  process.stderr.write("rolling back (--on-failure rollback)\n");
  const options = { yes: true, json, writeProbe, podProbe } as const;
  try {
    const code = await runRollback({ ...session, fleet }, options, logins.interrupt);
    return code === EXIT.done ? EXIT.rolledBack : code;
  } catch (second) {
    if (!(second instanceof StepFailed)) throw second;
    printFailure(second);
    const skipped = [...fleet.lost].flatMap((name) => ["--skip-host", name]);
    const words = ["k8s-ha", "rollback", "-i", inventory, ...skipped];
    process.stderr.write(
      `  changes that are already undone stay undone; continue with: ${words.map(quote).join(" ")}\n`,
    );
    return EXIT.failed;
  }
}

/**
 * The fleet without the hosts that do not respond; `undefined` if one of them must not be skipped. Prints what it does
 * about them.
 */
export function presentFleet(
  fleet: Fleet,
  silent: readonly string[],
  inventoryFile: string,
): Fleet | undefined {
  const skipped = [...fleet.lost, ...silent];
  for (const name of silent) {
    const refusal = whyNotSkipped(fleet.inventory, name, skipped);
    if (refusal === undefined) continue;
    process.stderr.write(
      `not rolled back: ${name} does not respond, and it must not be skipped: ${refusal.what}\n  hint: ${refusal.fix}; then roll back: k8s-ha rollback -i ${quote(inventoryFile)}\n`,
    );
    return undefined;
  }
  for (const name of silent) {
    process.stderr.write(`${name} does not respond: rolling back without it, as with --skip-host ${name}\n`);
  }
  return fleet.without(silent);
}
