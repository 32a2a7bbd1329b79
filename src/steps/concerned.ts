import type { Inventory } from "../inventory/schema.js";
import { members } from "../inventory/targets.js";
import type { Concerned } from "./step.js";

/** The names of the hosts that a step is about, in the inventory's order. */
export function concernedHosts(inventory: Inventory, on: Concerned): string[] {
  const [first, ...others] = inventory.controlPlane.map(({ name }) => name);
  switch (on) {
    case "all":
      return members(inventory).map(({ name }) => name);
    case "first-master":
      return first === undefined ? [] : [first];
    case "load-balancers":
      return inventory.loadBalancers.map(({ name }) => name);
    case "masters":
      return inventory.controlPlane.map(({ name }) => name);
    case "new-masters":
      return others;
    case "nodes":
      return [...inventory.controlPlane, ...inventory.workers].map(({ name }) => name);
  }
}
