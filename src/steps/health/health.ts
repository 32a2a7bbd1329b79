import { mastersWithNode } from "../../cluster/masters.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import type { Check } from "../step.js";
import { addOnChecks, type ReadyBefore } from "./add-ons.js";
import { alarmChecks } from "./alarms.js";
import { componentChecks } from "./components.js";
import { credentialChecks } from "./credentials.js";
import { leaderChecks } from "./leaders.js";
import { nodeFileChecks } from "./node-files.js";
import { podChecks } from "./pods.js";
import { peerChecks, reachabilityChecks } from "./reachability.js";

/**
 * Whether the cluster works, beyond the checks of single steps: files can be right while a pod is not ready. Masters are the
 * machines with a node; step `join` checks that each machine of the group is one.
 * @param before what was ready before the run
 */
export async function healthChecks(fleet: ReadOnlyFleet, before?: ReadyBefore): Promise<Check[]> {
  const masters = await mastersWithNode(fleet);
  const all = [
    ...controlPlaneHealth(fleet, masters, before),
    nodeFileChecks(fleet, masters),
    reachabilityChecks(fleet, masters),
    peerChecks(fleet, masters),
  ];
  return (await Promise.all(all)).flat();
}

/**
 * {@link healthChecks} after a rollback, without what was not ready before it, and without the load balancers.
 * @param notReadyNodes the nodes that were not Ready before the runs that were rolled back
 */
export async function healthAfterRollback(
  fleet: ReadOnlyFleet,
  notReadyNodes: readonly string[] = [],
): Promise<Check[]> {
  const masters = await mastersWithNode(fleet);
  const all = [
    componentChecks(fleet, masters),
    ...controlPlaneHealth(fleet, masters, { readyReplicas: {}, notReadyNodes }),
  ];
  return (await Promise.all(all)).flat();
}

function controlPlaneHealth(
  fleet: ReadOnlyFleet,
  masters: readonly ReadOnlyHost[],
  before: ReadyBefore | undefined,
): Promise<Check[]>[] {
  return [
    podChecks(fleet, masters),
    credentialChecks(fleet, masters),
    leaderChecks(fleet),
    alarmChecks(fleet),
    addOnChecks(fleet, before),
  ];
}
