import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Problem } from "../step.js";

/** One preflight check. */
export interface PreflightCheck<Facts = unknown> {
  readonly id: string;
  /** The checks whose probes must be complete before this one starts, because it would change what they find. */
  readonly after?: readonly string[];
  /** What it inspects. All checks without `after` are started together, so that their queries share the round trips. */
  probe(fleet: ReadOnlyFleet): Promise<Facts>;
  /** The problems that it finds there. Pure: the same facts and inventory give the same problems. */
  problems(facts: Facts, inventory: Inventory): Problem[];
}

/** Returns a blocker for a host. */
export function blocker(host: string, what: string, fix: string): Problem {
  return { severity: "blocker", host, what, fix };
}
