import type { Change } from "../changes/change.js";
import { isPointOfNoReturn } from "../changes/point-of-no-return.js";
import type { Problem, Step } from "../steps/step.js";

/** Which part of a playbook is run, and on which hosts. */
export interface Scope {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** The hosts whose changes are made; all of them when empty. */
  readonly limit: readonly string[];
}

/** All steps, all hosts. */
export const EVERYTHING: Scope = { limit: [] };

/** Runs whatever the scope: it looks for what is in the way, or saves what the rest is about to change. */
function always(step: Step): boolean {
  return step.isGate === true || step.onlyBesideOthers === true;
}

/** The steps that a scope takes, and those before them that it builds on, in the playbook's order. */
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

/** The part of a step's changes that a scope makes, and the hosts that it leaves out. A backup is made of all. */
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
 * A host may stay behind as long as that can be made good later. Past the point of no return it cannot: two masters
 * of three are worse than one, and a master that joins meets whatever stayed behind.
 * @param leftOut the hosts that have stayed behind up to and with this step
 */
export function oneSided(step: Step, changes: readonly Change[], leftOut: readonly string[]): Problem[] {
  const first = changes.find(isPointOfNoReturn);
  if (first === undefined || leftOut.length === 0) return [];
  return [
    {
      severity: "blocker",
      host: first.host,
      what: `${step.id} is the point of no return, and --limit would leave ${leftOut.join(", ")} behind`,
      fix: `name them in --limit too, or end before ${step.id} with --until`,
    },
  ];
}
