import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { vrrpGroup } from "../../machine/vrrp.js";

/** Several load balancers that have the VIP at once: what that is, and how it ends. */
export function splitBrain(
  holders: readonly string[],
  inventory: Inventory,
): { readonly what: string; readonly fix: string } | undefined {
  if (holders.length < 2) return undefined;
  const { vrrp } = inventory.loadBalancer;
  const { address } = endpoint(inventory);
  const way = vrrp === "unicast" ? "from each other" : `to ${vrrpGroup(address)}`;
  const unicast =
    vrrp === "unicast" ? "" : "; or, where the network keeps multicast out, set loadBalancer.vrrp: unicast";
  return {
    what: `split brain: ${holders.join(" and ")} have ${address} at once, since they do not hear each other's VRRP`,
    fix: `let IP protocol 112 ${way} in on each of them (migrate does so where firewalld or ufw is at work), and through what is between them${unicast}`,
  };
}
