import type { VrrpUnicast } from "../../config-files/keepalived.js";
import type { Inventory } from "../../inventory/schema.js";

/** Source and peers of a load balancer's VRRP advertisements; `undefined` with multicast. */
export function vrrpUnicast(inventory: Inventory, name: string): VrrpUnicast | undefined {
  if (inventory.loadBalancer.vrrp === "multicast") return undefined;
  const address = (own: boolean) =>
    inventory.loadBalancers.filter((host) => (host.name === name) === own).map((host) => host.address);
  const [source = ""] = address(true);
  return { source, peers: address(false) };
}
