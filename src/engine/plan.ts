import type { Change } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { concernedHosts } from "../steps/concerned.js";
import type { Problem, Step, StepPlan } from "../steps/step.js";

/** A step with what it found to do. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  /** The hosts that it is about and that need nothing. */
  readonly already: readonly string[];
}

/** Everything a run would do, as things stand now. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
}

/** Looks at the fleet and plans one step. */
export async function planStep(step: Step, fleet: ReadOnlyFleet): Promise<StepPlan> {
  return step.plan(await step.probe(fleet), fleet.inventory);
}

/**
 * Plans all steps from one pass of looking. A look that fails becomes a blocker of its step, so that one run tells
 * everything that is wrong.
 */
export async function makePlan(steps: readonly Step[], fleet: ReadOnlyFleet): Promise<Plan> {
  const found = await Promise.all(
    steps.map(async (step) => ({ step, ...(await planStep(step, fleet).catch(asBlocker)) })),
  );
  const others = found.some(({ step, changes }) => step.onlyBesideOthers !== true && changes.length > 0);
  const joining = found.flatMap(({ changes }) =>
    changes.filter(({ kind }) => kind === "join").map(({ host }) => host),
  );
  return {
    steps: found.map(({ step, changes, problems = [] }) => {
      const { id, title, why } = step;
      if (step.onlyBesideOthers === true && !others)
        return { id, title, why, changes: [], problems: [], already: [] };
      const already = hostsWithoutNeed(step, { changes, problems }, fleet.inventory, joining);
      return { id, title, why, changes, problems, already };
    }),
  };
}

/** A machine that is yet to join is no master and no node: that nothing is to do there now says nothing. */
function hostsWithoutNeed(
  step: Step,
  { changes, problems = [] }: StepPlan,
  inventory: Inventory,
  joining: readonly string[],
): string[] {
  const blockers = problems.filter(({ severity }) => severity === "blocker");
  if (step.on === undefined || blockers.some(({ host }) => host === undefined)) return [];
  const busy = new Set([...changes, ...blockers].map(({ host }) => host));
  const hosts = concernedHosts(inventory, step.on);
  return hosts.filter((host) => !busy.has(host) && (step.on === "new-masters" || !joining.includes(host)));
}

function asBlocker(error: unknown): StepPlan {
  if (!(error instanceof Failure)) throw error;
  const problem: Problem = {
    severity: "blocker",
    ...(error.host !== undefined && { host: error.host }),
    what: error.message,
    fix: error.hint ?? "mend this, then start again",
  };
  return { changes: [], problems: [problem] };
}
