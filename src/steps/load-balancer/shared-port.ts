import type { Inventory } from "../../inventory/schema.js";
import { APISERVER_PORT } from "../../ports.js";
import { haproxyPorts } from "./ports.js";

/** Whether haproxy uses the apiserver's port on this machine, so that the apiserver must not bind the VIP. */
export function sharesApiserverPort(inventory: Inventory, name: string): boolean {
  const both = [inventory.controlPlane, inventory.loadBalancers];
  return (
    haproxyPorts(inventory).includes(APISERVER_PORT) &&
    both.every((group) => group.some((host) => host.name === name))
  );
}
