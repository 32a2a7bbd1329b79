import type { Inventory } from "../../inventory/schema.js";
import { parseClusterConfiguration } from "../cluster.js";
import { criSockets, joinSocket } from "../cri-socket.js";
import type { Problem } from "../step.js";
import type { ClusterFacts } from "./cluster.js";
import { blocker } from "./machines.js";

/** Machines that have yet to join, and of which nobody can tell the container runtime. */
export function runtimeProblems(
  { pending, clusterConfiguration }: Pick<ClusterFacts, "pending" | "clusterConfiguration">,
  inventory: Inventory,
): Problem[] {
  const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
  return inventory.controlPlane.slice(1).flatMap(({ name, criSocket: wanted }, i) => {
    const machine = pending.find((master) => master.name === name);
    if (machine === undefined || joinSocket(machine, inventory, kubernetesVersion) !== undefined) return [];
    const key = `controlPlane[${i + 1}].criSocket`;
    const found = criSockets(machine, kubernetesVersion);
    const there = found.join(", ") || "none";
    if (wanted !== undefined) {
      const what = `there is no socket ${wanted} (sockets of container runtimes: ${there})`;
      return [blocker(name, what, `start that runtime, or correct ${key} in the inventory`)];
    }
    return found.length === 0
      ? [
          blocker(
            name,
            "no container runtime runs here",
            `start one; if its socket is in an unusual place, name it by ${key} in the inventory`,
          ),
        ]
      : [
          blocker(
            name,
            `there are several container runtimes: ${there}`,
            `choose the kubelet's by ${key} in the inventory`,
          ),
        ];
  });
}
