import type { Fault } from "./fault.js";
import { joinFaults } from "./joins.js";
import { loadBalancerFaults } from "./load-balancers.js";
import { masterFaults } from "./masters.js";
import { operatorFaults } from "./operator.js";

/** Every manually written fault, by group. */
export const faultGroups: Readonly<Record<string, readonly Fault[]>> = {
  "load balancers": loadBalancerFaults,
  masters: masterFaults,
  joins: joinFaults,
  operator: operatorFaults,
};
