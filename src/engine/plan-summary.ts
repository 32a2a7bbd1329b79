import { kindOf, type Change } from "../changes/change.js";
import type { Interruption } from "../changes/kind.js";
import { isPointOfNoReturn } from "../changes/point-of-no-return.js";
import type { Problem } from "../steps/step.js";
import type { Plan } from "./plan.js";

/** A plan in numbers. */
export interface PlanCounts {
  readonly changes: number;
  /** On how many hosts. */
  readonly hosts: number;
  /** Pairs of a step and a host that need nothing. */
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

/** The first change that makes going back more than putting things back; `undefined` where there is none. */
export function pointOfNoReturn(plan: Plan): { step: string; change: Change } | undefined {
  return plan.steps
    .flatMap((step) => step.changes.map((change) => ({ step: step.id, change })))
    .find(({ change }) => isPointOfNoReturn(change));
}

/** What the changes of a step interrupt on some hosts. */
export interface PlannedInterruption extends Interruption {
  readonly step: string;
  readonly hosts: readonly string[];
}

/** Everything that a plan interrupts, in its order; what a step does alike on several hosts is told once. */
export function interruptionsOf(plan: Plan): PlannedInterruption[] {
  return plan.steps.flatMap((step) => {
    const told = new Map<string, PlannedInterruption>();
    for (const change of step.changes) {
      const interruption = kindOf(change).interrupts?.(change);
      if (interruption === undefined || interruption.seconds === 0) continue;
      const hosts = told.get(interruption.what)?.hosts ?? [];
      told.set(interruption.what, { step: step.id, hosts: [...hosts, change.host], ...interruption });
    }
    return [...told.values()];
  });
}

/** The problems of a severity, each told once even when several steps met it. */
export function problemsOf(plan: Plan, severity: Problem["severity"]): Problem[] {
  const told = new Map<string, Problem>();
  for (const problem of plan.steps.flatMap((step) => step.problems)) {
    if (problem.severity === severity) told.set(`${problem.host ?? ""}\0${problem.what}`, problem);
  }
  return [...told.values()];
}
