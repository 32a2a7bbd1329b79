import type { Change } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Check, Problem, Step } from "../steps/step.js";

/** A step with its planned changes and problems. */
export interface FoundStep {
  readonly step: Step;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

/**
 * A blocker for the first incomplete step before the scope: later steps depend on it. A step is complete if it has no
 * changes and no blockers, and all its checks pass.
 */
export async function missingPrerequisite(
  before: readonly FoundStep[],
  fleet: ReadOnlyFleet,
): Promise<Problem | undefined> {
  const reasons = await Promise.all(before.map((found) => whyNotTrue(found, fleet)));
  const index = reasons.findIndex((reason) => reason !== undefined);
  const id = before[index]?.step.id;
  if (id === undefined) return undefined;
  return {
    severity: "blocker",
    what: `--from requires step ${id}, which is not complete: ${reasons[index] ?? ""}`,
    fix: `omit --from: completed steps change nothing; or use --from ${id}`,
  };
}

async function whyNotTrue(
  { step, changes, problems }: FoundStep,
  fleet: ReadOnlyFleet,
): Promise<string | undefined> {
  const blocker = problems.find(({ severity }) => severity === "blocker");
  if (blocker !== undefined) return blocker.what;
  const hosts = [...new Set(changes.map(({ host }) => host))];
  if (hosts.length > 0) return `${changes.length} pending changes on ${hosts.join(", ")}`;
  const bad = (await checksOf(step, fleet)).find(({ ok }) => !ok);
  return bad && `${bad.host}: ${bad.what}: expected ${bad.expected}, found ${bad.actual}`;
}

async function checksOf(step: Step, fleet: ReadOnlyFleet): Promise<readonly Check[]> {
  if (step.isMomentary === true) return [];
  try {
    return (await step.verify?.(fleet)) ?? [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const host = error.host ?? "";
    return [{ host, what: step.title, expected: "an answer", actual: error.message, ok: false }];
  }
}
