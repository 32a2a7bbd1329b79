import type { Inventory } from "../inventory/schema.js";
import { criSockets } from "../cluster/cri-socket.js";
import type { MasterState } from "../cluster/masters.js";
import type { Problem } from "./step.js";

/** The blocker for a joining machine whose container runtime cannot be determined. */
export function noRuntime(
  machine: Pick<MasterState, "name" | "runtimeSockets">,
  inventory: Inventory,
  kubernetesVersion: string,
): Problem {
  const { key, wanted } = entryOf(machine.name, inventory);
  const found = criSockets(machine, kubernetesVersion).join(", ");
  const blocker = (what: string, fix: string): Problem => ({
    severity: "blocker",
    host: machine.name,
    what,
    fix,
  });
  if (wanted !== undefined) {
    const what = `socket ${wanted} does not exist (container runtime sockets found: ${found || "none"})`;
    return blocker(what, `start that runtime, or correct ${key} in the inventory`);
  }
  return found === ""
    ? blocker(
        "no container runtime is running (no containerd or CRI-O socket found)",
        `start one; if its socket has a non-default path, set ${key} in the inventory`,
      )
    : blocker(
        `several container runtimes found: ${found}`,
        `set ${key} in the inventory to the socket that the kubelet uses`,
      );
}

/** The inventory key for the container runtime socket of a master or worker, and its value. */
function entryOf(name: string, inventory: Inventory): { key: string; wanted: string | undefined } {
  const group = inventory.workers.some((host) => host.name === name) ? "workers" : "controlPlane";
  const index = inventory[group].findIndex((host) => host.name === name);
  return { key: `${group}[${index}].criSocket`, wanted: inventory[group][index]?.criSocket };
}
