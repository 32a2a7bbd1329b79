import type { Inventory } from "../inventory/schema.js";
import { members } from "../inventory/targets.js";
import { OPERATOR } from "../machine/fleet.js";
import { isPlace, type Place } from "../playbook/places.js";
import type { Concerned } from "./step.js";

/** The names of the hosts that a step is about, in the inventory's order. */
export function concernedHosts(inventory: Inventory, on: Concerned | readonly string[]): string[] {
  if (typeof on !== "string") {
    const places = on.flatMap((word) => (isPlace(word) ? hostsAt(inventory, word) : [word]));
    return [...new Set(places)];
  }
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

function hostsAt(inventory: Inventory, place: Place): string[] {
  switch (place) {
    case "operator":
      return [OPERATOR];
    case "all":
      return concernedHosts(inventory, "all");
    case "firstMaster":
      return concernedHosts(inventory, "first-master");
    case "newMasters":
      return concernedHosts(inventory, "new-masters");
    case "controlPlane":
    case "loadBalancers":
    case "workers":
      return inventory[place].map(({ name }) => name);
  }
}
