import { Failure } from "../failure.js";
import type { Change } from "../changes/change.js";
import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";

/** A command-line option that turns a blocker into a warning. */
export type Allowance = "--allow-untried-version";

/** A blocker, or a warning that the operator should read before continuing. */
export interface Problem {
  readonly severity: "blocker" | "warning";
  /** The host where it was found, if any. */
  readonly host?: string;
  readonly what: string;
  /** What the operator can do about it. */
  readonly fix: string;
  /** The option that turns the blocker into a warning. */
  readonly allowedBy?: Allowance;
}

/** The result of checking one fact. */
export interface Check {
  readonly host: string;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

/** The changes and problems that a step found. If both are empty, the step is complete. */
export interface StepPlan {
  readonly changes: readonly Change[];
  readonly problems?: readonly Problem[];
}

/**
 * The inventory machines that a step applies to, joined or not: `masters` is the whole control plane, `nodes` the masters
 * and the workers, `joining-nodes` all nodes except the first master. `early` load balancers can run before the new masters
 * have joined: with static pods, only the one on the first master.
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

/** A condition that holds a run at a step; it changes nothing. */
export type Hold =
  | { readonly kind: "confirm"; readonly question: string }
  | { readonly kind: "pause"; readonly seconds: number }
  /** Waits until the step's `verify` succeeds, repeated at this interval. */
  | { readonly kind: "wait"; readonly everySeconds: number };

/** Other steps that a step depends on. Every step also requires `preflight` and `backup`, unless it precedes them. */
export interface Requirement {
  readonly steps: readonly string[];
  /** `before` (the default): they come earlier in the playbook; `anywhere`: the playbook has them. */
  readonly where?: "before" | "anywhere";
  /** The reason, shown to the author of a playbook that breaks the rule. */
  readonly why: string;
}

/**
 * One goal of the migration. A step probes, plans and verifies; it never changes anything itself, because it has only
 * read access.
 */
export interface Step<Facts = unknown> {
  readonly id: string;
  readonly title: string;
  /** One sentence for `k8s-ha steps`. */
  readonly why: string;
  readonly requires?: readonly Requirement[];
  /** Why no playbook may omit it; absent if one may. */
  readonly mandatory?: string;
  /** Why no other step requires it, so that a playbook may omit it or move it; absent if one does. */
  readonly optional?: string;
  /** It may run before preflight and backup. */
  readonly precedesBackup?: boolean;
  /** Whether the step changes its hosts in parallel or strictly one at a time. */
  readonly rollout: "together" | "one-by-one";
  /** The machines that it changes, or a playbook's names for them; absent if it only probes and verifies. */
  readonly on?: HostSelector | readonly string[];
  /** Planned only if another step has changes. */
  readonly onlyBesideOthers?: boolean;
  /** It only reports problems. A run does not probe it again if its plan was made just before. */
  readonly isGate?: boolean;
  /** `verify` counts only when the run reaches the step; it is not repeated afterwards. */
  readonly isMomentary?: boolean;
  readonly hold?: Hold;
  /** How long `verify` may take to succeed, in seconds; default 30. */
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

/** Whether a firewall allows everything required, as a {@link Check}. */
export function letsIn(
  host: string,
  what: string,
  wanted: readonly string[],
  closed: readonly string[],
): Check {
  const actual = closed.length === 0 ? wanted.join(", ") : `not ${closed.join(", ")}`;
  return check(host, `${what} allows`, wanted.join(", "), actual);
}

/**
 * Turns a failed probe into a blocker.
 * @throws any error that is not a Failure, because it is a bug
 */
export function asBlocker(error: unknown): Problem {
  if (!(error instanceof Failure)) throw error;
  return {
    severity: "blocker",
    ...(error.host !== undefined && { host: error.host }),
    what: error.message,
    fix: error.hint ?? "fix this, then run the same command again",
  };
}
