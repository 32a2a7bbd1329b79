import { CLUSTER_CA, kubeletNode } from "../machine/certificates.js";
import { runtimeSockets, withoutScheme } from "../machine/container-runtime.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { modifiedTimes } from "../machine/files.js";
import { BOOTSTRAP_KUBELET_CONF, KUBELET_CONF } from "../machine/kubeconfigs.js";
import { isReady, nodeAt, nodes, type Node } from "../machine/kubernetes.js";
import { manifests } from "../machine/static-pods.js";
import { identity } from "./masters.js";
import type { Problem } from "./step.js";

/** What a join makes on a worker, also one that was cut off; kubeadm joins no machine that has any of it. */
const MADE = [KUBELET_CONF, BOOTSTRAP_KUBELET_CONF, CLUSTER_CA];

/** How far a machine of the group workers is. */
export interface WorkerState {
  readonly name: string;
  readonly address: string;
  /** `joined`: the cluster has a node at its address; `absent`: nor has the machine anything of a join; `partial`: it has. */
  readonly state: "joined" | "absent" | "partial";
  /** What of a node was found on the machine, for people. */
  readonly found: readonly string[];
  /** What is there is the rest of a join to this very cluster, and no node: it may be cleared away. */
  readonly isClearable: boolean;
  /** A node of the cluster at another address that this machine is, or that has its name; `null` for none. */
  readonly elsewhere: string | null;
  /** Its node is there and not Ready, and the machine has nothing that could be its kubelet's. */
  readonly isEmptied: boolean;
  /** The sockets of container runtimes that are there. */
  readonly runtimeSockets: readonly string[];
}

/** The state of every machine of the group workers. */
export async function workerStates(fleet: ReadOnlyFleet): Promise<readonly WorkerState[]> {
  const looks = fleet.inventory.workers.map(async ({ name, address, criSocket }) => {
    const host = fleet.host(name);
    const [files, components, self, kubelet, sockets] = await Promise.all([
      host.ask(modifiedTimes(MADE)),
      host.ask(manifests),
      host.ask(identity),
      host.ask(kubeletNode),
      host.ask(runtimeSockets(criSocket && withoutScheme(criSocket))),
    ]);
    return { name, address, files: [...files.keys()], components, ca: self.ca, kubelet, sockets };
  });
  const [all, first, ...found] = await Promise.all([nodes(fleet), fleet.firstMaster.ask(identity), ...looks]);
  return found.map((machine) => workerState(machine, all, first.ca));
}

interface OnDisk {
  readonly name: string;
  readonly address: string;
  readonly files: readonly string[];
  readonly components: readonly string[];
  readonly ca: string;
  /** The node that its kubelet is; empty where it is none. */
  readonly kubelet: string;
  readonly sockets: readonly string[];
}

function workerState(
  { name, address, files, components, ca, kubelet, sockets }: OnDisk,
  all: readonly Node[],
  clusterCa: string,
): WorkerState {
  const node = nodeAt(all, address);
  const found = [...files, ...components.map((component) => `${component}'s manifest`)];
  const namesake = all.find(({ metadata }) => [name, kubelet].includes(metadata.name));
  const elsewhere = node === undefined ? (namesake?.metadata.name ?? null) : null;
  const state = node !== undefined ? "joined" : found.length === 0 ? "absent" : "partial";
  const isOurs = ca !== "" && ca === clusterCa;
  return {
    name,
    address,
    state,
    found,
    isClearable: state === "partial" && isOurs && components.length === 0 && elsewhere === null,
    elsewhere,
    isEmptied: node !== undefined && !isReady(node) && !files.includes(KUBELET_CONF),
    runtimeSockets: sockets,
  };
}

/** The machines of these that have yet to join. */
export function pendingWorkers(states: readonly WorkerState[]): readonly WorkerState[] {
  return states.filter(({ state }) => state !== "joined");
}

/** Why a machine cannot become a worker, or be led to the endpoint as one; `undefined` where it can. */
export function obstacle(worker: WorkerState): Problem | undefined {
  const { name, address, state, elsewhere, found } = worker;
  const blocker = (what: string, fix: string): Problem => ({ severity: "blocker", host: name, what, fix });
  if (worker.isEmptied) {
    return blocker(
      `${name} is a node of the cluster that is not Ready, and the machine has no ${KUBELET_CONF}: it was reset or set up anew`,
      `kubectl delete node, for the node at ${address}; then the same command again, and it joins`,
    );
  }
  if (elsewhere !== null) {
    return blocker(
      `no node of the cluster has the address ${address}, and its node ${elsewhere} has another`,
      `write the InternalIP that \`kubectl get nodes -o wide\` shows for ${elsewhere} into the inventory; if that is an old node of this machine: kubectl delete node ${elsewhere}`,
    );
  }
  if (state === "partial" && !worker.isClearable) {
    return blocker(
      `${name} is no node of this cluster, and in use: it has ${found.join(", ")}`,
      "if it belongs to another cluster, take it out of the inventory; else `kubeadm reset` on it, by hand and with care",
    );
  }
  return undefined;
}
