import { APISERVER_PORT } from "../ports.js";
import type { Inventory } from "./schema.js";

/** Ports that haproxy serves: the endpoint's, 6443 if the apiservers advertise the VIP, and those of its pages. */
export function haproxyPorts(inventory: Inventory): number[] {
  const announced = inventory.cluster.advertise === "endpoint" ? [APISERVER_PORT] : [];
  const { stats, monitor } = inventory.loadBalancer;
  const pages = [stats, monitor].flatMap((page) => (page === false ? [] : [page.port]));
  return [...new Set([inventory.cluster.endpoint.port, ...announced, ...pages])];
}

/** Whether haproxy uses the apiserver's port on this machine, so that the apiserver must not bind the VIP. */
export function sharesApiserverPort(inventory: Inventory, name: string): boolean {
  const both = [inventory.controlPlane, inventory.loadBalancers];
  return (
    haproxyPorts(inventory).includes(APISERVER_PORT) &&
    both.every((group) => group.some((host) => host.name === name))
  );
}
