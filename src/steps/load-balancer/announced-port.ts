import { hostPort } from "../../address.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { APISERVER_PORT } from "../../ports.js";
import { announced } from "../announced.js";
import type { Problem } from "../step.js";
import { haproxyPorts } from "./ports.js";

/** The masters whose apiservers announce the VIP, where haproxy is to serve that on another port than theirs alone. */
export async function announcingVip(fleet: ReadOnlyFleet): Promise<string[]> {
  if (haproxyPorts(fleet.inventory).includes(APISERVER_PORT)) return [];
  const vip = endpoint(fleet.inventory).address;
  return (await announced(fleet)).filter(({ advertised }) => advertised === vip).map(({ name }) => name);
}

/** Were haproxy to leave that port at once, pods would reach no apiserver until theirs announces its node. */
export function staysFor(names: readonly string[], inventory: Inventory): Problem {
  const led = hostPort(endpoint(inventory).address, APISERVER_PORT);
  return {
    severity: "warning",
    what: `haproxy goes on serving ${led}, to which the apiservers of ${names.join(", ")} lead pods until this run has changed that`,
    fix: "run k8s-ha migrate once more afterwards: it takes that port out of haproxy.cfg",
  };
}
