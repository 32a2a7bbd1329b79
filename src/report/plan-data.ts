import { kindOf, type Change } from "../changes/change.js";
import type { Interruption } from "../changes/kind.js";
import { markOf } from "../changes/change.js";
import type { Mark } from "../changes/kind.js";
import type { Plan, PlannedStep } from "../engine/plan.js";
import {
  countsOf,
  interruptionsOf,
  pointOfNoReturn,
  type PlanCounts,
  type PlannedInterruption,
} from "../engine/plan-summary.js";

/** A change as recorded in the journal, with its displayed form. */
interface ChangeData {
  readonly mark: Mark;
  readonly summary: string;
  readonly diff?: string;
  readonly interrupts?: Interruption;
  readonly change: Change;
}

/** A plan as JSON: the same content as {@link planText}. */
export interface PlanData {
  readonly steps: readonly (Omit<PlannedStep, "changes"> & { readonly changes: readonly ChangeData[] })[];
  /** See {@link Plan}. */
  readonly lostHosts?: Plan["lostHosts"];
  readonly counts: PlanCounts;
  readonly interruptions: readonly PlannedInterruption[];
  readonly pointOfNoReturn: { readonly step: string; readonly host: string } | null;
}

/** A plan as data; it contains no secrets, because changes contain none. */
export function planData(plan: Plan): PlanData {
  const noReturn = pointOfNoReturn(plan);
  return {
    steps: plan.steps.map((step) => ({ ...step, changes: step.changes.map(changeData) })),
    ...(plan.lostHosts !== undefined && { lostHosts: plan.lostHosts }),
    counts: countsOf(plan),
    interruptions: interruptionsOf(plan),
    pointOfNoReturn: noReturn === undefined ? null : { step: noReturn.step, host: noReturn.change.host },
  };
}

function changeData(change: Change): ChangeData {
  const kind = kindOf(change);
  const [diff, interrupts] = [kind.diff?.(change), kind.interrupts?.(change)];
  return {
    mark: markOf(change),
    summary: kind.describe(change),
    ...(diff !== undefined && { diff }),
    ...(interrupts !== undefined && { interrupts }),
    change,
  };
}
