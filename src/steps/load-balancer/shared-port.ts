import type { Inventory } from "../../inventory/schema.js";
import { APISERVER_PORT } from "../../ports.js";
import { haproxyPorts } from "./ports.js";

/** Whether haproxy has the apiserver's own port on this machine, and the apiserver has to leave the VIP to it. */
export function sharesApiserverPort(inventory: Inventory, name: string): boolean {
  const both = [inventory.controlPlane, inventory.loadBalancers];
  return (
    haproxyPorts(inventory).includes(APISERVER_PORT) &&
    both.every((group) => group.some((host) => host.name === name))
  );
}
