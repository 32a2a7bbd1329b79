import type { Change } from "../changes/change.js";
import { kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import type { Step } from "../steps/step.js";
import { unplanned } from "./drift.js";
import type { Listener } from "./events.js";
import { planStep, type Plan } from "./plan.js";
import { limited, oneSided, type Scope } from "./scope.js";

/** How long the result of a gate step stays valid. */
const GATE_HOLDS_MS = 60_000;

/** The plan that the operator confirmed. */
export interface Agreement {
  readonly plan: Plan;
  /** When it was made, from `performance.now()`. */
  readonly plannedAt: number;
  readonly scope: Scope;
  /** Whether the confirmation covers only this plan: a step with additional changes stops the run. */
  readonly exactly: boolean;
}

/**
 * The changes of a step, planned again when the run reaches it.
 * @param skippedHosts the hosts that --limit has skipped; those of this step are added
 * @throws Failure for a blocker, or for a change that was not confirmed
 */
export async function replan(
  step: Step,
  fleet: Fleet,
  { plan, plannedAt, scope, exactly }: Agreement,
  skippedHosts: Set<string>,
  listen: Listener,
): Promise<readonly Change[]> {
  const planned = plan.steps.find(({ id }) => id === step.id);
  if (step.isGate === true && performance.now() - plannedAt < GATE_HOLDS_MS) return [];
  if (step.onlyBesideOthers === true && planned?.changes.length === 0) return [];
  const found = await planStep(step, fleet.look());
  const { changes, leftOut } = limited(scope, step, found.changes);
  for (const host of leftOut) skippedHosts.add(host);
  const problems = [...(found.problems ?? []), ...oneSided(step, changes, [...skippedHosts])];
  const blocker = problems.find(({ severity }) => severity === "blocker");
  if (blocker) {
    const { what, fix, host } = blocker;
    throw new Failure(what, { hint: fix, ...(host !== undefined && { host }) });
  }
  for (const change of unplanned(plan, step.id, changes)) {
    const text = `${change.host}: ${kindOf(change).describe(change)}: not in the plan, found when the step started`;
    if (exactly) {
      throw new Failure(text, {
        host: change.host,
        hint: "no change of this step was made; review the new plan, then continue",
      });
    }
    listen({ type: "note", step: step.id, text });
  }
  return changes;
}
