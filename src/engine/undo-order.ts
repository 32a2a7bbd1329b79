import { kindOf, type Change } from "../changes/change.js";
import { isJoin } from "../changes/is-join.js";
import type { Undo } from "../changes/kind.js";
import { targetOf, type AppliedChange } from "./applied-changes.js";

/** A change to be taken back, and what it goes back to. */
export interface Undoing {
  /** The latest one of those that changed the same thing. */
  readonly change: Change;
  readonly before: unknown;
}

/** The changes of one step, in the order in which they are taken back. */
export interface UndoGroup {
  readonly step: string;
  readonly undoings: readonly Undoing[];
}

/** How a change is taken back; `undefined` for one that stays. */
export function undoOf(change: Change): Undo<Change, unknown> | undefined {
  const { undo } = kindOf(change);
  return "stays" in undo ? undefined : undo;
}

/**
 * The order of a rollback: last things first. What was changed several times goes back to what the first change found,
 * at the first change's place. On each host of a step first the files come back, then what reads them does so again.
 */
export function inReverse(appliedChanges: readonly AppliedChange[]): UndoGroup[] {
  const things = new Map<string, AppliedChange>();
  for (const applied of appliedChanges) {
    const undo = undoOf(applied.change);
    if (undo === undefined || applied.before === undefined) continue;
    const key = targetOf(applied.change);
    const earlier = things.get(key);
    const before =
      earlier === undefined
        ? applied.before
        : (undo.merge?.(earlier.before, applied.before) ?? earlier.before);
    things.set(key, { step: earlier?.step ?? applied.step, change: applied.change, before });
  }
  const groups: { step: string; undoings: Undoing[] }[] = [];
  for (const { step, change, before } of withoutReset([...things.values()])) {
    if (groups.at(-1)?.step !== step) groups.push({ step, undoings: [] });
    groups.at(-1)?.undoings.push({ change, before });
  }
  return groups.reverse().map(({ step, undoings }) => {
    const back = undoings.reverse();
    const activates = ({ change }: Undoing): boolean => undoOf(change)?.activates === true;
    return { step, undoings: [...back.filter((u) => !activates(u)), ...back.filter(activates)] };
  });
}

/**
 * What makes a load balancer, and what a playbook's own text did, lies beside Kubernetes: kubeadm's reset leaves it. A load
 * balancer's pods would go, but killed: keepalived takes the VIP off the machine only when it ends in order.
 */
const BESIDE_KUBERNETES = [
  "packages",
  "sysctl",
  "selinux-booleans",
  "selinux-permissive",
  "firewall",
  "ufw",
  "ufw-off",
  "file",
  "haproxy-config",
  "keepalived-config",
  "service",
  "run",
  "static-pod",
];

/** What came to a machine after it joined goes with its reset, but for what lies beside Kubernetes. */
function withoutReset(appliedChanges: readonly AppliedChange[]): AppliedChange[] {
  const joined = new Set<string>();
  return appliedChanges.filter(({ change }) => {
    if (joined.has(change.host)) return BESIDE_KUBERNETES.includes(change.kind);
    if (isJoin(change)) joined.add(change.host);
    return true;
  });
}
