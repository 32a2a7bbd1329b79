import type { Inventory } from "./schema.js";
import { members } from "./targets.js";

/** Why a host must not be skipped, and what to do instead. */
export interface Refusal {
  readonly what: string;
  readonly fix: string;
}

/**
 * Whether a host may be skipped because its machine is lost: the one rule for `--skip-host`, for the automatic rollback
 * and for hints. A worker may be, and a load balancer that is no master while another one stays.
 * @param skipped all hosts that are skipped together
 * @returns `undefined` if it may be skipped
 */
export function whyNotSkipped(
  inventory: Inventory,
  name: string,
  skipped: Iterable<string>,
): Refusal | undefined {
  const member = members(inventory).find((one) => one.name === name);
  if (member === undefined) {
    const rest = [...inventory.workers, ...inventory.loadBalancers].map((host) => host.name);
    const names = rest.filter((host) => whyNotSkipped(inventory, host, [host]) === undefined);
    return {
      what: `there is no host ${name}`,
      fix: `hosts that can be skipped: ${names.join(", ") || "none"}`,
    };
  }
  if (member.groups.includes("controlPlane")) {
    return {
      what: `${name} is a master, and k8s-ha needs every master`,
      fix: `repair it; or, if the machine is lost for good, see docs/recovery.md, "Replacing a lost machine" (kubectl delete node ${name}, and its etcd member)`,
    };
  }
  const all = new Set([...skipped, name]);
  if (member.groups.includes("loadBalancers") && inventory.loadBalancers.every((host) => all.has(host.name)))
    return {
      what: `${name} is the last load balancer: without it, nothing has the VIP`,
      fix: 'repair one of the load balancers, or replace it: see docs/recovery.md, "Replacing a lost machine"',
    };
  return undefined;
}
