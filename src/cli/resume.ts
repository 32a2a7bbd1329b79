import { Drifted } from "../engine/drift.js";
import { lastRun, type FormerRun } from "../engine/journal-reader.js";
import { changedSince, type Origin } from "../engine/origin.js";
import type { Scope } from "../engine/scope.js";
import { scopeWords } from "../report/scope-text.js";
import type { Session } from "./session.js";
import { Failure } from "../failure.js";

/**
 * The run to resume; prints it on standard error. `undefined` if there is none: then the run just starts.
 * @throws Failure if the last run is an unfinished rollback
 */
export function unfinishedRun({
  journals,
  cluster,
}: Pick<Session, "journals" | "cluster">): FormerRun | undefined {
  const former = lastRun(journals, cluster.uid);
  if (former === undefined || former.finished) {
    process.stderr.write("no unfinished run to resume for this cluster: starting\n");
    return undefined;
  }
  if (former.isRollback) {
    throw new Failure(`the last run, ${former.runId}, is an unfinished rollback`, {
      hint: "continue with `k8s-ha rollback`; or start without --resume to migrate from the current state",
    });
  }
  process.stderr.write(
    `resuming run ${former.runId}, which stopped ${former.step === undefined ? "before the first step" : `in step ${former.step}`}\n`,
  );
  return former;
}

/**
 * A run can be resumed only with the same inventory and playbook. Another version of k8s-ha is reported but allowed: it
 * may fix what stopped the run.
 * @throws Drifted with the differences, unless they are accepted.
 */
export function requireSameOrigin(former: FormerRun, now: Origin, accepted: boolean): void {
  if (former.origin === undefined) return;
  const changed = changedSince(former.origin, now);
  const refused = changedSince(former.origin, { ...now, version: former.origin.version });
  if (refused.length > 0 && !accepted) {
    throw new Drifted(
      `run ${former.runId} used other input:`,
      changed,
      "revert the change; or, if it is intended, pass --accept-changes and review the plan",
    );
  }
  for (const line of changed) process.stderr.write(`changed since that run: ${line}\n`);
}

/**
 * The scope of the previous run, unless the command line sets one: a run that was limited to the steps before the joins
 * must not join nodes because `--resume` omits the options. `undefined` if it had no limits.
 */
export function scopeToResume(
  former: FormerRun | undefined,
  { from, until, limit }: { from?: string | undefined; until?: string | undefined; limit: readonly string[] },
): Scope | undefined {
  const asked = from !== undefined || until !== undefined || limit.length > 0;
  const scope = asked ? undefined : former?.scope;
  if (scope === undefined) return undefined;
  const words = scopeWords(scope);
  if (words === "") return undefined;
  process.stderr.write(`scope of that run: ${words}; start without --resume for all steps\n`);
  return scope;
}
