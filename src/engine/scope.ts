import type { Change } from "../changes/change.js";
import { isPointOfNoReturn } from "../changes/change.js";
import type { Problem, Step } from "../steps/step.js";

/** The part of a playbook to run, and the hosts to run it on. */
export interface Scope {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** The hosts to change; empty for all. */
  readonly limit: readonly string[];
}

/** All steps, all hosts. */
export const EVERYTHING: Scope = { limit: [] };

/** Whether a step runs in every scope: it checks for blockers, or backs up what the other steps change. */
function always(step: Step): boolean {
  return step.isGate === true || step.onlyBesideOthers === true;
}

/** The steps in a scope, and the steps before them that they depend on, in the playbook's order. */
export function stepsWithin<T extends { readonly step: Step }>(
  { from, until }: Scope,
  steps: readonly T[],
): { before: readonly T[]; run: readonly T[] } {
  const ids = steps.map(({ step }) => step.id);
  const first = from === undefined ? 0 : ids.indexOf(from);
  const last = until === undefined ? ids.length - 1 : ids.indexOf(until);
  return {
    before: steps.filter(({ step }, index) => index < first && !always(step)),
    run: steps.filter(({ step }, index) => index <= last && (index >= first || always(step))),
  };
}

/** The part of a step's changes in the scope, and the hosts that it skips. A backup always includes all hosts. */
export function limited(
  { limit }: Scope,
  step: Step,
  changes: readonly Change[],
): { changes: readonly Change[]; leftOut: readonly string[] } {
  if (limit.length === 0 || step.onlyBesideOthers === true) return { changes, leftOut: [] };
  const isIn = ({ host }: Change): boolean => limit.includes(host);
  const leftOut = new Set(changes.filter((change) => !isIn(change)).map(({ host }) => host));
  return { changes: changes.filter(isIn), leftOut: [...leftOut] };
}

/**
 * A blocker if the point of no return would be passed with skipped hosts. Before it, a skipped host can be changed later.
 * After it not: two of three masters are worse than one, and a joining master depends on the skipped hosts.
 * @param leftOut the hosts skipped up to and including this step
 */
export function oneSided(step: Step, changes: readonly Change[], leftOut: readonly string[]): Problem[] {
  const first = changes.find(isPointOfNoReturn);
  if (first === undefined || leftOut.length === 0) return [];
  return [
    {
      severity: "blocker",
      host: first.host,
      what: `${step.id} is the point of no return, and --limit would skip ${leftOut.join(", ")}`,
      fix: `add them to --limit, or stop before ${step.id} with --until`,
    },
  ];
}
