import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { APISERVER_PORT } from "../../ports.js";

/** The ports that haproxy serves: the endpoint's, the apiservers' own where they announce the VIP, those of its pages. */
export function haproxyPorts(inventory: Inventory): number[] {
  const announced = inventory.cluster.advertise === "endpoint" ? [APISERVER_PORT] : [];
  const { stats, monitor } = inventory.loadBalancer;
  const pages = [stats, monitor].flatMap((page) => (page === false ? [] : [page.port]));
  return [...new Set([endpoint(inventory).port, ...announced, ...pages])];
}

/** A port as firewalls name it. */
export function tcp(port: number): string {
  return `${port}/tcp`;
}
