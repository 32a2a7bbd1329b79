import type { TimedChange } from "../kills.js";
import type { Fault } from "./fault.js";
import { generatedFaults } from "./generated.js";
import { joinFaults } from "./joins.js";
import { loadBalancerFaults } from "./load-balancers.js";
import { masterFaults } from "./masters.js";

/** Every fault, by its group. */
export function faultGroups(changes: readonly TimedChange[]): Readonly<Record<string, readonly Fault[]>> {
  return {
    "load balancers": loadBalancerFaults,
    masters: masterFaults,
    joins: joinFaults,
    connections: generatedFaults(changes),
  };
}
