import type { Inventory } from "../inventory/schema.js";
import { members } from "../inventory/targets.js";
import { OPERATOR, type ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { isPlace, type Place } from "../playbook/places.js";
import type { HostSelector, Step } from "./step.js";

/** The names of the hosts that a step applies to, in the inventory's order. */
export function selectedHosts(inventory: Inventory, on: HostSelector | readonly string[]): string[] {
  if (typeof on !== "string") {
    const places = on.flatMap((word) => (isPlace(word) ? hostsAt(inventory, word) : [word]));
    return [...new Set(places)];
  }
  const [first, ...others] = inventory.controlPlane.map(({ name }) => name);
  const balancers = inventory.loadBalancers.map(({ name }) => name);
  const arePods = inventory.loadBalancer.runAs === "static-pods";
  const workers = inventory.workers.map(({ name }) => name);
  switch (on) {
    case "all":
      return members(inventory).map(({ name }) => name);
    case "first-master":
      return first === undefined ? [] : [first];
    case "load-balancers":
      return balancers;
    case "packaged-load-balancers":
      return arePods ? [] : balancers;
    case "pod-load-balancers":
      return arePods ? balancers : [];
    case "early-load-balancers":
      return arePods ? balancers.filter((name) => name === first) : balancers;
    case "late-load-balancers":
      return arePods ? balancers.filter((name) => name !== first) : [];
    case "masters":
      return inventory.controlPlane.map(({ name }) => name);
    case "new-masters":
      return others;
    case "joining-nodes":
      return [...others, ...workers];
    case "nodes":
      return [...(first === undefined ? [] : [first]), ...others, ...workers];
    case "workers":
      return workers;
  }
}

function hostsAt(inventory: Inventory, place: Place): string[] {
  switch (place) {
    case "operator":
      return [OPERATOR];
    case "all":
      return selectedHosts(inventory, "all");
    case "firstMaster":
      return selectedHosts(inventory, "first-master");
    case "newMasters":
      return selectedHosts(inventory, "new-masters");
    case "controlPlane":
    case "loadBalancers":
    case "workers":
      return inventory[place].map(({ name }) => name);
  }
}

/** {@link selectedHosts} without the lost hosts. */
export function presentHosts(fleet: ReadOnlyFleet, on: HostSelector | readonly string[]): string[] {
  return selectedHosts(fleet.inventory, on).filter((name) => !fleet.lost.has(name));
}

/** The hosts that a step applies to, read-only; without the lost hosts. */
export function hostsOf({ on }: Pick<Step, "on">, fleet: ReadOnlyFleet): ReadOnlyHost[] {
  return on === undefined ? [] : presentHosts(fleet, on).map((name) => fleet.host(name));
}
