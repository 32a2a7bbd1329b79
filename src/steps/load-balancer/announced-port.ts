import { hostPort } from "../../address.js";
import { haproxyPorts } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../ports.js";
import { announced } from "../../cluster/advertised.js";
import type { Problem } from "../step.js";

/** Masters whose apiservers advertise the VIP; empty if the inventory has haproxy serve the apiserver port. */
export async function announcingVip(fleet: ReadOnlyFleet): Promise<string[]> {
  if (haproxyPorts(fleet.inventory).includes(APISERVER_PORT)) return [];
  const vip = fleet.inventory.cluster.endpoint.address;
  return (await announced(fleet)).filter(({ advertised }) => advertised === vip).map(({ name }) => name);
}

/** Warns that haproxy keeps the port: pods use it until their apiserver advertises its node's address. */
export function staysFor(names: readonly string[], inventory: Inventory): Problem {
  const served = hostPort(inventory.cluster.endpoint.address, APISERVER_PORT);
  return {
    severity: "warning",
    what: `haproxy keeps serving ${served}: the apiservers of ${names.join(", ")} advertise it to pods until this run changes the advertised address`,
    fix: "run k8s-ha migrate again afterwards: it removes that port from haproxy.cfg",
  };
}
