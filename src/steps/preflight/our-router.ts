import { asNetwork } from "../../address.js";
import { MANAGED } from "../../config-files/managed.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint, isNode } from "../../inventory/targets.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { maskedKeepalivedConf } from "../../machine/keepalived.js";
import { podRunsSince } from "../../machine/load-balancer-pods.js";
import { unitState } from "../../machine/systemd.js";

/**
 * Whether a keepalived of ours, a service or a pod, runs on the host for the inventory's VIP and router id. One that runs
 * for something else says nothing of whether they are free.
 */
export async function announcesVip(host: ReadOnlyHost, inventory: Inventory): Promise<boolean> {
  const [unit, podSince, { shown }] = await Promise.all([
    host.ask(unitState("keepalived")),
    isNode(inventory, host.name) ? host.ask(podRunsSince("keepalived")) : undefined,
    host.ask(maskedKeepalivedConf),
  ]);
  const runs = unit.active || podSince !== undefined;
  const id = new RegExp(`^ *virtual_router_id ${inventory.loadBalancer.virtualRouterId}$`, "m");
  return (
    runs &&
    shown?.startsWith(`${MANAGED}\n`) === true &&
    id.test(shown) &&
    shown.includes(` ${asNetwork(endpoint(inventory).address)} dev `)
  );
}
