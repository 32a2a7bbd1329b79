import type { Change } from "../changes/change.js";
import { kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import type { Step } from "../steps/step.js";
import { unplanned } from "./drift.js";
import type { Listener } from "./events.js";
import { planStep, type Plan } from "./plan.js";
import { limited, oneSided, type Scope } from "./scope.js";

/** For so long a gate's verdict holds. */
const GATE_HOLDS_MS = 60_000;

/** What the operator said yes to. */
export interface Agreement {
  readonly plan: Plan;
  /** When it was made, as `performance.now()` told it. */
  readonly plannedAt: number;
  readonly scope: Scope;
  /** Whether the yes is for this plan and no other: a step that finds more to do stops the run. */
  readonly exactly: boolean;
}

/**
 * What is to be changed now that the run has reached a step.
 * @param behind the hosts that a limit has left behind; those of this step are added
 * @throws Failure when something is in the way, or was not agreed to
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
    const text = `${change.host}: ${kindOf(change).describe(change)}: not in the plan, found when reached`;
    if (exactly) {
      throw new Failure(text, {
        host: change.host,
        hint: "nothing of this step is done yet; look at the plan that is made anew, then go on",
      });
    }
    listen({ type: "note", step: step.id, text });
  }
  return changes;
}
