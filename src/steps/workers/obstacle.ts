import type { WorkerState } from "../../cluster/workers.js";
import { KUBELET_CONF } from "../../machine/kubeconfigs.js";
import type { Problem } from "../step.js";

/** The blocker for a machine that cannot become a worker or be pointed at the endpoint; `undefined` if it can. */
export function obstacle(worker: WorkerState): Problem | undefined {
  const { name, address, state, elsewhere, found } = worker;
  const blocker = (what: string, fix: string): Problem => ({ severity: "blocker", host: name, what, fix });
  if (worker.isEmptied) {
    return blocker(
      `${name} is a cluster node that is not Ready, and the machine has no ${KUBELET_CONF}: it was reset or reinstalled`,
      `delete the node at ${address} (kubectl delete node), then run the same command again: the machine joins`,
    );
  }
  if (elsewhere !== null) {
    return blocker(
      `no cluster node has the address ${address}; this machine is node ${elsewhere}, which has another address`,
      `set the machine's address in the inventory to the InternalIP that \`kubectl get nodes -o wide\` shows for ${elsewhere}; if that is an old node of this machine: kubectl delete node ${elsewhere}`,
    );
  }
  if (state === "partial" && !worker.isClearable) {
    return blocker(
      `${name} is not a node of this cluster, but is in use: it has ${found.join(", ")}`,
      "if it belongs to another cluster, remove it from the inventory; otherwise make sure that it is not in use, and run `kubeadm reset` on it",
    );
  }
  return undefined;
}
