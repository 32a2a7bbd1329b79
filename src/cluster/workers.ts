import { CLUSTER_CA, kubeletNode } from "../machine/certificates.js";
import { runtimeSockets, withoutScheme } from "../machine/container-runtime.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { modifiedTimes } from "../machine/files.js";
import { BOOTSTRAP_KUBELET_CONF, KUBELET_CONF } from "../machine/kubeconfigs.js";
import { isReady, nodeAt, nodes, type Node } from "./kubernetes.js";
import { manifests } from "../machine/static-pods.js";
import { identity } from "./masters.js";

/** The files that a join, even an interrupted one, creates on a worker; kubeadm refuses a machine with any of them. */
const MADE = [KUBELET_CONF, BOOTSTRAP_KUBELET_CONF, CLUSTER_CA];

/** The join state of a machine in group workers. */
export interface WorkerState {
  readonly name: string;
  readonly address: string;
  /** `joined`: the cluster has a node at its address; `absent`: no node and no files of a join; `partial`: files, no node. */
  readonly state: "joined" | "absent" | "partial";
  /** The parts of a node that were found on the machine, as text for the operator. */
  readonly found: readonly string[];
  /** What was found is left from an incomplete join to this cluster, and there is no node: it may be cleared. */
  readonly isClearable: boolean;
  /** A cluster node at another address that is this machine or has its name; `null` for none. */
  readonly elsewhere: string | null;
  /** Its node exists and is not Ready, and the machine has no kubelet kubeconfig. */
  readonly isEmptied: boolean;
  /** The container runtime sockets that exist. */
  readonly runtimeSockets: readonly string[];
}

/** The state of every machine in group workers, without lost hosts. */
export async function workerStates(fleet: ReadOnlyFleet): Promise<readonly WorkerState[]> {
  const looks = fleet.hosts("workers").map(async (host) => {
    const { name, address } = host;
    const { criSocket } = fleet.inventory.workers.find((worker) => worker.name === name) ?? {};
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
  /** The node name of its kubelet; empty if it has none. */
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

/** The machines that have yet to join. */
export function pendingWorkers(states: readonly WorkerState[]): readonly WorkerState[] {
  return states.filter(({ state }) => state !== "joined");
}
