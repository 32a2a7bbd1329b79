import type { Allowance, Step } from "./step.js";

/** The same step; blockers that the operator has allowed become warnings. */
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
