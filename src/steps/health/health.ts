import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import type { Check } from "../step.js";
import { addOnChecks } from "./add-ons.js";
import { alarmChecks } from "./alarms.js";
import { credentialChecks } from "./credentials.js";
import { leaderChecks } from "./leaders.js";
import { podChecks } from "./pods.js";
import { reachabilityChecks } from "./reachability.js";

/**
 * Whether the cluster works, beyond the checks of single steps: files can be right while a pod is not ready.
 * @param masters the machines that must have a complete control plane
 */
export async function healthChecks(fleet: ReadOnlyFleet, masters: readonly ReadOnlyHost[]): Promise<Check[]> {
  const all = [
    podChecks(fleet, masters),
    credentialChecks(fleet, masters),
    reachabilityChecks(fleet, masters),
    leaderChecks(fleet),
    alarmChecks(fleet),
    addOnChecks(fleet),
  ];
  return (await Promise.all(all)).flat();
}
