import { durationMs } from "../config-source/duration.js";
import type { SshSettings } from "../transport/transport.js";
import type { Host, Inventory, LoadBalancerHost } from "./schema.js";

/** The groups of an inventory; each machine is in one group, except a master that is also a load balancer. */
export type Group = "controlPlane" | "loadBalancers" | "workers";
const GROUPS = ["controlPlane", "loadBalancers", "workers"] as const;

/** SSH settings of a host: its own override the inventory's; unset ones are left to the transport. */
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

/** The existing master. */
export function firstMaster(inventory: Inventory): Host {
  const [first] = inventory.controlPlane;
  if (first === undefined) throw new TypeError("a validated inventory has a master");
  return first;
}

/** How much a failed check lowers a VRRP priority: more than the largest difference between two load balancers. */
export function vrrpPenalty(inventory: Inventory): number {
  const all = inventory.loadBalancers.map((host) => vrrpPriority(inventory, host));
  return Math.min(253, Math.max(...all) - Math.min(...all) + 10);
}

/** A load balancer's VRRP priority: its own, or 150 for the first and 10 less for each next one. */
export function vrrpPriority(inventory: Inventory, host: LoadBalancerHost): number {
  return host.priority ?? 150 - 10 * inventory.loadBalancers.findIndex(({ name }) => name === host.name);
}

/** Whether a host is, or will be, a node of the cluster: only nodes run pods. */
export function isNode({ controlPlane, workers }: Inventory, name: string): boolean {
  return [...controlPlane, ...workers].some((host) => host.name === name);
}
