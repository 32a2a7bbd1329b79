import type { Step } from "./step.js";

/** An option of the command line by which an operator takes a blocker on; a warning is left of it. */
export type Allowance = "--allow-untried-version";

/** The same step, whose blockers are warnings where the operator has allowed what they block. */
export function allowing(step: Step, allowances: readonly Allowance[]): Step {
  return {
    ...step,
    plan(facts, inventory) {
      const { changes, problems = [] } = step.plan(facts, inventory);
      return {
        changes,
        problems: problems.map((problem) =>
          problem.allowedBy !== undefined && allowances.includes(problem.allowedBy)
            ? { ...problem, severity: "warning" }
            : problem,
        ),
      };
    },
  };
}
