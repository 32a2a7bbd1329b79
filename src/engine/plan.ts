import type { Change } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Problem, Step, StepPlan } from "../steps/step.js";

/** A step with what it found to do. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
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
  const planned = await Promise.all(
    steps.map(async (step): Promise<PlannedStep & { beside: boolean }> => {
      const { changes, problems = [] } = await planStep(step, fleet).catch(asBlocker);
      return {
        id: step.id,
        title: step.title,
        why: step.why,
        changes,
        problems,
        beside: step.onlyBesideOthers === true,
      };
    }),
  );
  const others = planned.some(({ beside, changes }) => !beside && changes.length > 0);
  return {
    steps: planned.map(({ beside, ...step }) =>
      beside && !others ? { ...step, changes: [], problems: [] } : step,
    ),
  };
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

/** How many changes a plan has. */
export function countChanges(plan: Plan): number {
  return plan.steps.reduce((sum, step) => sum + step.changes.length, 0);
}

/** The problems of a severity, each told once even when several steps met it. */
export function problemsOf(plan: Plan, severity: Problem["severity"]): Problem[] {
  const told = new Map<string, Problem>();
  for (const problem of plan.steps.flatMap((step) => step.problems)) {
    if (problem.severity === severity) told.set(`${problem.host ?? ""}\0${problem.what}`, problem);
  }
  return [...told.values()];
}
