import { asNetwork } from "../address.js";
import { MANAGED } from "../config-files/managed.js";
import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { maskedKeepalivedConf } from "../machine/keepalived.js";
import { atPresent } from "./load-balancer-program.js";

/**
 * Whether k8s-ha's keepalived, as a service or a pod, runs on the host for the inventory's VIP and router id. One that runs
 * for another VIP or id does not show whether these are free.
 */
export async function announcesVip(host: ReadOnlyHost, inventory: Inventory): Promise<boolean> {
  const [{ unit, pod }, { shown }] = await Promise.all([
    atPresent(host, "keepalived", inventory),
    host.ask(maskedKeepalivedConf),
  ]);
  const runs = unit.active || pod.since !== undefined;
  const id = new RegExp(`^ *virtual_router_id ${inventory.loadBalancer.virtualRouterId}$`, "m");
  return (
    runs &&
    shown?.startsWith(`${MANAGED}\n`) === true &&
    id.test(shown) &&
    shown.includes(` ${asNetwork(inventory.cluster.endpoint.address)} dev `)
  );
}
