import { Failure } from "../failure.js";
import type { Change } from "../changes/change.js";
import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Allowance } from "./allowed.js";

/** Something that stands in the way, or that the operator should know before going on. */
export interface Problem {
  readonly severity: "blocker" | "warning";
  /** The host it was seen on, if it was one. */
  readonly host?: string;
  readonly what: string;
  /** What a person can do about it. */
  readonly fix: string;
  /** The option by which an operator takes a blocker on. */
  readonly allowedBy?: Allowance;
}

/** One fact proved, or not. */
export interface Check {
  readonly host: string;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

/** What a step found to do. No changes and no problems: it is true already. */
export interface StepPlan {
  readonly changes: readonly Change[];
  readonly problems?: readonly Problem[];
}

/**
 * The machines of the inventory that a step is about, whether or not they are the cluster's already: `masters` are the whole
 * control plane, `nodes` those and the workers, `joining-nodes` all of these but the first master. Of the load balancers, `early`
 * are those that can run before the new masters have joined: as pods that of the first master alone.
 */
export type HostSelector =
  | "all"
  | "early-load-balancers"
  | "first-master"
  | "late-load-balancers"
  | "load-balancers"
  | "masters"
  | "new-masters"
  | "joining-nodes"
  | "nodes"
  | "packaged-load-balancers"
  | "pod-load-balancers"
  | "workers";

/** What holds a run up when it comes to a step; nothing is changed by it. */
export type Hold =
  | { readonly kind: "confirm"; readonly question: string }
  | { readonly kind: "pause"; readonly seconds: number }
  /** The step's own proof is waited for, and asked so often. */
  | { readonly kind: "wait"; readonly everySeconds: number };

/**
 * One thing that must become true. A step looks, plans and verifies; it never changes anything itself:
 * nothing that can write is handed to it.
 */
export interface Step<Facts = unknown> {
  readonly id: string;
  readonly title: string;
  /** One sentence for `k8s-ha steps`. */
  readonly why: string;
  /** Whether the hosts of this step change side by side or strictly one after the other. */
  readonly rollout: "together" | "one-by-one";
  /** On which machines it makes something true, or a playbook's words for them; absent where it only looks and proves. */
  readonly on?: HostSelector | readonly string[];
  /** Planned only where another step has something to change. */
  readonly onlyBesideOthers?: boolean;
  /** It only finds problems. A run does not look again when the plan that it follows was made just now. */
  readonly isGate?: boolean;
  /** Its proof counts only when the run comes by: it is not asked for again afterwards. */
  readonly isMomentary?: boolean;
  readonly hold?: Hold;
  /** How long `verify` may take to come true, in seconds; 30 when not given. */
  readonly settleSeconds?: number;
  probe(fleet: ReadOnlyFleet): Promise<Facts>;
  /** Pure: the same facts and inventory give the same plan. */
  plan(facts: Facts, inventory: Inventory): StepPlan;
  verify?(fleet: ReadOnlyFleet): Promise<Check[]>;
}

/** A fact with an expected value, as a {@link Check}. */
export function check(host: string, what: string, expected: string, actual: string): Check {
  return { host, what, expected, actual, ok: expected === actual };
}

/** Whether a firewall lets everything in that is wanted, as a {@link Check}. */
export function letsIn(
  host: string,
  what: string,
  wanted: readonly string[],
  closed: readonly string[],
): Check {
  const actual = closed.length === 0 ? wanted.join(", ") : `not ${closed.join(", ")}`;
  return check(host, `${what} lets in`, wanted.join(", "), actual);
}

/**
 * A look that failed, as a blocker.
 * @throws what is not a Failure: a defect of this program
 */
export function asBlocker(error: unknown): Problem {
  if (!(error instanceof Failure)) throw error;
  return {
    severity: "blocker",
    ...(error.host !== undefined && { host: error.host }),
    what: error.message,
    fix: error.hint ?? "fix this, then start again",
  };
}
