import { splitHostPort } from "../address.js";
import { durationMs } from "../config-source/duration.js";
import type { SshSettings } from "../transport/transport.js";
import type { Host, Inventory, LoadBalancerHost } from "./schema.js";

/** The groups of machines an inventory has; each machine is in one, but for a master that is a load balancer too. */
export type Group = "controlPlane" | "loadBalancers" | "workers";
const GROUPS = ["controlPlane", "loadBalancers", "workers"] as const;

/** How to reach a host: its own `ssh` settings, over the inventory's; what neither says is left to the transport. */
export function sshSettings(inventory: Inventory, host: Host): SshSettings {
  const own = host.ssh;
  const common = inventory.ssh;
  return {
    name: host.name,
    address: own?.address ?? host.address,
    port: own?.port ?? common.port,
    user: own?.user ?? common.user,
    identityFiles: own?.identityFiles ?? common.identityFiles,
    knownHostsFiles: own?.knownHostsFiles ?? common.knownHostsFiles,
    connectTimeoutMs: durationMs(common.connectTimeout),
  };
}

/** The endpoint's parts. */
export interface Endpoint {
  /** What clients call it: a DNS name, or the address itself. */
  readonly host: string;
  /** The VIP; the name where an external load balancer's address is nobody's business. */
  readonly address: string;
  readonly port: number;
  readonly url: string;
}

/** The endpoint's parts. */
export function endpoint({ cluster }: Inventory): Endpoint {
  const { host, port = 0 } = splitHostPort(cluster.endpoint);
  return { host, address: cluster.vip ?? host, port, url: `https://${cluster.endpoint}` };
}

/** A machine with its groups. */
export interface Member {
  readonly name: string;
  readonly groups: readonly Group[];
  readonly host: Host;
}

/** Every machine, once: masters first, then load balancers, then workers, each in the inventory's order. */
export function members(inventory: Inventory): Member[] {
  const all = new Map<string, Member>();
  for (const group of GROUPS) {
    for (const host of inventory[group]) {
      const { host: itself, groups } = all.get(host.name) ?? { host, groups: [] };
      all.set(host.name, { name: host.name, groups: [...groups, group], host: itself });
    }
  }
  return [...all.values()];
}

/** The master that runs already. */
export function firstMaster(inventory: Inventory): Host {
  const [first] = inventory.controlPlane;
  if (first === undefined) throw new TypeError("an inventory that passed its check has a master");
  return first;
}

/** By how much a failed check lowers a VRRP priority: more than the priorities of any two load balancers differ. */
export function vrrpPenalty(inventory: Inventory): number {
  const all = inventory.loadBalancers.map((host) => vrrpPriority(inventory, host));
  return Math.min(253, Math.max(...all) - Math.min(...all) + 10);
}

/** A load balancer's VRRP priority: its own, or 150 for the first and 10 less for each that follows. */
export function vrrpPriority(inventory: Inventory, host: LoadBalancerHost): number {
  return host.priority ?? 150 - 10 * inventory.loadBalancers.findIndex(({ name }) => name === host.name);
}

/** Whether a host is a node of the cluster, or is to be one: only there can be pods. */
export function isNode({ controlPlane, workers }: Inventory, name: string): boolean {
  return [...controlPlane, ...workers].some((host) => host.name === name);
}
