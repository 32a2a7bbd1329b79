import type { Inventory } from "../../inventory/schema.js";
import { vrrpGroup } from "../../machine/vrrp.js";

/** The problem if several load balancers hold the VIP at the same time, and its fix; `undefined` otherwise. */
export function splitBrain(
  holders: readonly string[],
  inventory: Inventory,
): { readonly what: string; readonly fix: string } | undefined {
  if (holders.length < 2) return undefined;
  const { vrrp } = inventory.loadBalancer;
  const { address } = inventory.cluster.endpoint;
  const way = vrrp === "unicast" ? "from each other" : `to ${vrrpGroup(address)}`;
  const unicast =
    vrrp === "unicast" ? "" : "; or, if the network blocks multicast, set loadBalancer.vrrp: unicast";
  return {
    what: `split brain: ${holders.join(" and ")} hold ${address} at the same time because they do not receive each other's VRRP`,
    fix: `allow IP protocol 112 ${way} on each of them (migrate does this where firewalld or ufw is active), and in the network between them${unicast}`,
  };
}
