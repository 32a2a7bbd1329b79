import type { Need, StepRules } from "../playbook/rules.js";
import { allSteps } from "./all.js";

const late = allSteps.filter(({ precedesBackup }) => precedesBackup !== true);

const needs: readonly Need[] = [
  {
    steps: late.map(({ id }) => id),
    need: ["preflight"],
    where: "before",
    why: "no change is made before all machines have been checked",
  },
  {
    steps: late.map(({ id }) => id).filter((id) => id !== "backup"),
    need: ["backup"],
    where: "before",
    why: "the backup must contain the state before the first change",
  },
  ...allSteps.flatMap(({ id, requires = [] }) =>
    requires.map(({ steps, where = "before", why }): Need => ({ steps: [id], need: steps, where, why })),
  ),
];

/** The ids of the steps that must run before a step. */
export function stepsBefore(id: string): string[] {
  const own = needs.filter(({ steps, where }) => where === "before" && steps.includes(id));
  return [...new Set(own.flatMap(({ need }) => need))];
}

/** The dependencies between steps, checked against every playbook. */
export const stepRules: StepRules = {
  known: allSteps.map(({ id }) => id),
  oneByOne: allSteps.filter(({ rollout }) => rollout === "one-by-one").map(({ id }) => id),
  mandatory: Object.fromEntries(
    allSteps.flatMap(({ id, mandatory }) => (mandatory === undefined ? [] : [[id, mandatory]])),
  ),
  needs,
};
