import { kindOf, type Change } from "../changes/change.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { presentHosts } from "../steps/host-selector.js";
import { asBlocker, type Problem, type Step, type StepPlan } from "../steps/step.js";
import { missingPrerequisite, type FoundStep } from "./prerequisites.js";
import { EVERYTHING, limited, oneSided, stepsWithin, type Scope } from "./scope.js";

/** A step with its planned changes and problems. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  /** The hosts that the step applies to and that need no change. */
  readonly already: readonly string[];
  /** The hosts whose changes the scope skips, if any. */
  readonly leftOut?: readonly string[];
  /** The step pauses a run or waits for a confirmation. */
  readonly holds?: true;
}

/** All changes that a run would make in the current state. */
export interface Plan {
  /** One warning for each lost host; absent if there is none. */
  readonly lostHosts?: readonly Problem[];
  readonly steps: readonly PlannedStep[];
}

/** Probes the fleet and plans one step; without the changes and problems of lost hosts. */
export async function planStep(step: Step, fleet: ReadOnlyFleet): Promise<StepPlan> {
  const { changes, problems = [] } = step.plan(await step.probe(fleet), fleet.inventory);
  const isPresent = ({ host }: { readonly host?: string }): boolean =>
    host === undefined || !fleet.lost.has(host);
  return { changes: changes.filter(isPresent), problems: problems.filter(isPresent) };
}

/**
 * Plans all steps from one snapshot of the fleet, limited to the scope. A failed probe becomes a blocker of its step, so
 * that one plan reports all problems.
 */
export async function makePlan(
  steps: readonly Step[],
  fleet: ReadOnlyFleet,
  scope: Scope = EVERYTHING,
): Promise<Plan> {
  const all = await Promise.all(
    steps.map(async (step): Promise<FoundStep> => {
      const { changes, problems = [] } = await planStep(step, fleet).catch(blocked);
      return { step, changes, problems };
    }),
  );
  const joining = all.flatMap(({ changes }) =>
    changes.filter((one) => kindOf(one).addsNode === true).map(({ host }) => host),
  );
  const { before, run } = stepsWithin(scope, all);
  const missing = await missingPrerequisite(before, fleet);
  const found = run.map((one) => ({ ...one, ...limited(scope, one.step, one.changes) }));
  const others = found.some(({ step, changes }) => step.onlyBesideOthers !== true && changes.length > 0);
  const skippedHosts = new Set<string>();
  return {
    steps: found.map(({ step, changes, problems: own, leftOut }): PlannedStep => {
      const { id, title, why, hold } = step;
      if (hold !== undefined) return { id, title, why, changes: [], problems: [], already: [], holds: true };
      if (step.onlyBesideOthers === true && !others)
        return { id, title, why, changes: [], problems: [], already: [] };
      for (const host of leftOut) skippedHosts.add(host);
      const problems = [
        ...own,
        ...oneSided(step, changes, [...skippedHosts]),
        ...(missing !== undefined && id === scope.from ? [missing] : []),
      ];
      const blocked = problems.filter(({ severity }) => severity === "blocker").map(({ host }) => host);
      const needy = [...changes.map(({ host }) => host), ...leftOut, ...blocked];
      const already = hostsWithoutNeed(step, fleet, needy, joining);
      return { id, title, why, changes, problems, already, ...(leftOut.length > 0 && { leftOut }) };
    }),
  };
}

/**
 * The hosts that a step applies to and that need no change. Hosts that have not joined yet are excluded from steps about
 * masters and nodes: no planned change there does not mean unchanged.
 */
function hostsWithoutNeed(
  step: Step,
  fleet: ReadOnlyFleet,
  needy: readonly (string | undefined)[],
  joining: readonly string[],
): string[] {
  if (step.on === undefined || needy.includes(undefined)) return [];
  // A step defined in a playbook applies to machines, independent of their role in the cluster.
  const isAboutMachines =
    step.on === "new-masters" || step.on === "joining-nodes" || typeof step.on !== "string";
  const others = isAboutMachines ? needy : [...needy, ...joining];
  return presentHosts(fleet, step.on).filter((host) => !others.includes(host));
}

function blocked(error: unknown): StepPlan {
  return { changes: [], problems: [asBlocker(error)] };
}
