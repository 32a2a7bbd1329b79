import type { BalancerPod } from "../config-files/load-balancer-pods.js";
import { MANAGED } from "../config-files/managed.js";
import type { Inventory } from "../inventory/schema.js";
import { isNode } from "../inventory/targets.js";
import { readFile, type FileState } from "../machine/files.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { podManifest, podRunsSince } from "../machine/load-balancer-pods.js";
import { unitState, type UnitState } from "../machine/systemd.js";
import { masterStates, pending } from "./masters.js";

/** How a load balancer's program runs on a host: as a service, as a static pod, or not at all. */
export interface Running {
  readonly name: string;
  readonly unit: UnitState;
  readonly pod?: {
    readonly manifest: FileState | undefined;
    /** Seconds since the epoch; `undefined` while it does not run. */
    readonly since: number | undefined;
  };
}

/** Whether the inventory requires static pods instead of services. */
export function areStaticPods({ loadBalancer }: Inventory): boolean {
  return loadBalancer.runAs === "static-pods";
}

/** How a program runs now, regardless of later steps. */
export async function atPresent(
  host: ReadOnlyHost,
  program: BalancerPod,
  inventory: Inventory,
): Promise<Required<Running>> {
  const mayHavePods = isNode(inventory, host.name);
  const [unit, manifest, since] = await Promise.all([
    host.ask(unitState(program)),
    mayHavePods ? host.ask(readFile(podManifest(program))) : undefined,
    mayHavePods ? host.ask(podRunsSince(program)) : undefined,
  ]);
  return { name: host.name, unit, pod: { manifest, since } };
}

/** How a program runs; a k8s-ha pod on a master that must join again does not count, as it is removed before the join. */
export async function running(
  host: ReadOnlyHost,
  program: BalancerPod,
  fleet: ReadOnlyFleet,
): Promise<Running> {
  const [found, states] = await Promise.all([
    atPresent(host, program, fleet.inventory),
    areStaticPods(fleet.inventory) ? masterStates(fleet) : [],
  ]);
  const waits = pending(states).some(({ name }) => name === host.name);
  const isOurs = found.pod.manifest?.content.startsWith(MANAGED) === true;
  return waits && isOurs ? { ...found, pod: { manifest: undefined, since: undefined } } : found;
}
