import { kindOf, type Change } from "../changes/change.js";
import type { Interruption } from "../changes/kind.js";
import { isPointOfNoReturn } from "../changes/change.js";
import type { Problem } from "../steps/step.js";
import type { Plan } from "./plan.js";

/** The counts of a plan. */
export interface PlanCounts {
  readonly changes: number;
  /** Number of hosts with changes. */
  readonly hosts: number;
  /** Pairs of a step and a host that are unchanged. */
  readonly already: number;
  readonly blocked: number;
}

/** Counts a plan. */
export function countsOf(plan: Plan): PlanCounts {
  const changes = plan.steps.flatMap((step) => step.changes);
  return {
    changes: changes.length,
    hosts: new Set(changes.map(({ host }) => host)).size,
    already: plan.steps.flatMap((step) => step.already).length,
    blocked: problemsOf(plan, "blocker").length,
  };
}

/** The first change after which a rollback must do more than restore files; `undefined` if there is none. */
export function pointOfNoReturn(plan: Plan): { step: string; change: Change } | undefined {
  return plan.steps
    .flatMap((step) => step.changes.map((change) => ({ step: step.id, change })))
    .find(({ change }) => isPointOfNoReturn(change));
}

/** An interruption that a step's changes cause on some hosts. */
export interface PlannedInterruption extends Interruption {
  readonly step: string;
  readonly hosts: readonly string[];
}

/** All interruptions of a plan in order; equal ones of a step on several hosts are merged. */
export function interruptionsOf(plan: Plan): PlannedInterruption[] {
  return plan.steps.flatMap((step) => {
    const reported = new Map<string, PlannedInterruption>();
    for (const change of step.changes) {
      const interruption = kindOf(change).interrupts?.(change);
      if (interruption === undefined || interruption.seconds === 0) continue;
      const hosts = reported.get(interruption.what)?.hosts ?? [];
      reported.set(interruption.what, { step: step.id, hosts: [...hosts, change.host], ...interruption });
    }
    return [...reported.values()];
  });
}

/** The problems of a severity, without duplicates from several steps. */
export function problemsOf(plan: Plan, severity: Problem["severity"]): Problem[] {
  const reported = new Map<string, Problem>();
  for (const problem of [...(plan.lostHosts ?? []), ...plan.steps.flatMap((step) => step.problems)]) {
    if (problem.severity === severity) reported.set(`${problem.host ?? ""}\0${problem.what}`, problem);
  }
  return [...reported.values()];
}
