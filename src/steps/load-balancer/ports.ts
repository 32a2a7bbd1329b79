import type { Inventory } from "../../inventory/schema.js";
import { APISERVER_PORT } from "../../ports.js";

/** Ports that haproxy serves: the endpoint's, 6443 if the apiservers advertise the VIP, and those of its pages. */
export function haproxyPorts(inventory: Inventory): number[] {
  const announced = inventory.cluster.advertise === "endpoint" ? [APISERVER_PORT] : [];
  const { stats, monitor } = inventory.loadBalancer;
  const pages = [stats, monitor].flatMap((page) => (page === false ? [] : [page.port]));
  return [...new Set([inventory.endpoint.port, ...announced, ...pages])];
}

/** A port in firewall notation, such as `6443/tcp`. */
export function tcp(port: number): string {
  return `${port}/tcp`;
}
