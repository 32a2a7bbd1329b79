import { waitForRunningUnits } from "../engine/before-plan.js";
import { firstBaseline, journalFiles, runIdOf } from "../engine/journal-reader.js";
import { appliedChanges } from "../engine/applied-changes.js";
import { rollback } from "../engine/rollback.js";
import type { UndoPlan } from "../engine/planned-undo.js";
import { countUndos, planRollback } from "../engine/undo-plan.js";
import { Failure } from "../failure.js";
import { kubeadmMigration } from "../migration/kubeadm-migration.js";
import { probeLines } from "../report/probe-text.js";
import { ndjson } from "../report/ndjson.js";
import { undoText } from "../report/undo-text.js";
import { writingOf, type ProbeOptions } from "./write-probe.js";
import { agreesToRollback } from "./agree.js";
import { EXIT } from "./exit-codes.js";
import { recorded } from "./recording.js";
import { fetchOthersJournals, type Session } from "./session.js";
import type { Interrupt } from "./signals.js";

/** Options of `rollback` besides the inventory. */
export interface RollbackOptions extends ProbeOptions {
  readonly dryRun?: true | undefined;
  readonly force?: true | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/** Shows the changes to undo, asks for confirmation, and undoes them; returns the exit code. */
export async function runRollback(
  session: Session,
  options: RollbackOptions,
  interrupt: Interrupt,
): Promise<number> {
  const { fleet, cluster, journals } = session;
  await fetchOthersJournals(session);
  requireAppliedChanges(session);
  const planned = (): Promise<UndoPlan> =>
    waitForRunningUnits(
      fleet,
      kubeadmMigration,
      (text) => process.stderr.write(`${text}\n`),
      (look) =>
        planRollback(appliedChanges(journals, cluster.uid), look, kubeadmMigration, options.force ?? false),
    );
  const plan = await planned();
  if (options.json) ndjson({ type: "rollback-planned", plan });
  else
    process.stdout.write(
      `${[undoText(plan), ...probeLines(countUndos(plan), writingOf(options))].join("\n")}\n`,
    );
  if (plan.problems.some(({ severity }) => severity === "blocker")) return EXIT.failed;
  if (options.dryRun) return EXIT.done;
  if (!(await agreesToRollback(countUndos(plan), options.yes ?? false))) {
    process.stderr.write("nothing was changed\n");
    return EXIT.stopped;
  }
  const runs = journalFiles(journals, cluster.uid).map(runIdOf);
  await recorded(session, { json: options.json ?? false }, interrupt, async (recording) => {
    // Under the lock: the changes to undo must still be those that were confirmed.
    if (JSON.stringify(await planned()) !== JSON.stringify(plan)) {
      throw new Failure("the changes to undo differ from those shown", { hint: "run rollback again" });
    }
    return rollback(plan, fleet, kubeadmMigration, {
      ...recording,
      runs,
      writing: writingOf(options),
      baseline: firstBaseline(journals, cluster.uid),
    });
  });
  return EXIT.done;
}

/** @throws Failure if no run has made a change in this cluster since the last rollback. */
function requireAppliedChanges({ journals, cluster }: Session): void {
  if (appliedChanges(journals, cluster.uid).length > 0) return;
  throw new Failure(`nothing to roll back: no journal in ${journals} records a change`, {
    hint: 'the journal is on the machine that started the run, with copies on the masters; without them see docs/recovery.md, "Rolling back by hand"',
  });
}
