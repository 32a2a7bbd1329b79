import type { Inventory } from "../inventory/schema.js";
import { criSockets } from "./cri-socket.js";
import type { MasterState } from "./masters.js";
import type { Problem } from "./step.js";

/** Says why nobody can tell the container runtime of a machine that is to join, and what to do about it. */
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
    const what = `there is no socket ${wanted} (sockets of container runtimes: ${found || "none"})`;
    return blocker(what, `start that runtime, or correct ${key} in the inventory`);
  }
  return found === ""
    ? blocker(
        "no container runtime runs here (neither containerd's socket nor CRI-O's is there)",
        `start one; if its socket is in an unusual place, name it by ${key} in the inventory`,
      )
    : blocker(
        `there are several container runtimes: ${found}`,
        `choose the kubelet's by ${key} in the inventory`,
      );
}

/** The inventory's key for the runtime of a master or a worker, and what it says. */
function entryOf(name: string, inventory: Inventory): { key: string; wanted: string | undefined } {
  const group = inventory.workers.some((host) => host.name === name) ? "workers" : "controlPlane";
  const index = inventory[group].findIndex((host) => host.name === name);
  return { key: `${group}[${index}].criSocket`, wanted: inventory[group][index]?.criSocket };
}
