import { isDeepStrictEqual } from "node:util";
import { kindOf, type Change } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Plan } from "./plan.js";

/** The current state needs other changes than those confirmed. */
export class Drifted extends Failure {
  constructor(what: string, differences: readonly string[], hint: string) {
    super([what, ...differences.map((line) => `  ${line}`)].join("\n"), { hint });
  }
}

interface PlannedChange {
  readonly step: string;
  readonly change: Change;
}

/** The changes of a step that the plan does not contain in exactly this form. */
export function unplanned(plan: Plan, step: string, changes: readonly Change[]): readonly Change[] {
  const planned = plan.steps.find(({ id }) => id === step)?.changes ?? [];
  const asPlanned = (all: readonly Change[]) => all.map((change) => ({ step, change }));
  return without(asPlanned(changes), asPlanned(planned)).map(({ change }) => change);
}

/**
 * Differences between a previous plan and the current one, by step and host.
 * @param partlyDone whether changes that are no longer needed count as completed since
 */
export function driftBetween(former: Plan, now: Plan, partlyDone: boolean): string[] {
  const [before, after] = [changesOf(former), changesOf(now)];
  const gone = without(before, after);
  const lines = without(after, before).map((found) => {
    const index = gone.findIndex((planned) => nameOf(planned) === nameOf(found));
    const [counterpart] = index === -1 ? [] : gone.splice(index, 1);
    return counterpart === undefined
      ? `${nameOf(found)}: not in the plan`
      : `${nameOf(found)}: planned with a different ${differingFields(counterpart.change, found.change)}`;
  });
  return partlyDone ? lines : [...lines, ...gone.map((planned) => `${nameOf(planned)}: no longer needed`)];
}

/** The first list without one equal element for each element of the second; estimates may differ. */
function without(all: readonly PlannedChange[], others: readonly PlannedChange[]): PlannedChange[] {
  const left = [...all];
  for (const other of others) {
    const index = left.findIndex((one) => isDeepStrictEqual(withoutEstimate(one), withoutEstimate(other)));
    if (index !== -1) left.splice(index, 1);
  }
  return left;
}

function withoutEstimate({ step, change }: PlannedChange): PlannedChange {
  return { step, change: { ...change, estimate: undefined } as unknown as Change };
}

function changesOf(plan: Plan): PlannedChange[] {
  return plan.steps.flatMap(({ id, changes }) => changes.map((change) => ({ step: id, change })));
}

function nameOf({ step, change }: PlannedChange): string {
  return `${step}, ${change.host}: ${kindOf(change).describe(change)}`;
}

function differingFields(one: Change, other: Change): string {
  const [a, b] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  const keys = [...new Set([...a.keys(), ...b.keys()])].filter((key) => key !== "estimate");
  return keys.filter((key) => !isDeepStrictEqual(a.get(key), b.get(key))).join(", ");
}
