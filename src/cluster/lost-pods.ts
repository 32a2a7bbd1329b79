import type { ReadOnlyFleet } from "../machine/fleet.js";
import { apiList } from "./api.js";
import { isReady, nodes, type Node, type Pod } from "./kubernetes.js";

/** The pods that do not run because of their node. */
export interface LostPods {
  readonly uids: ReadonlySet<string>;
  /** `KIND NAMESPACE/NAME` of a workload → the number of its pods among them. */
  readonly ofWorkload: ReadonlyMap<string, number>;
}

interface OwnedPod extends Pod {
  readonly metadata: Pod["metadata"] & {
    readonly namespace: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

/** Whether a node is the machine of a lost host. */
export function isOfLostHost({ status }: Node, { inventory, lost }: ReadOnlyFleet): boolean {
  const machines = inventory.workers.filter(({ name }) => lost.has(name));
  const own = (status.addresses ?? []).filter(({ type }) => type === "InternalIP");
  return machines.some(({ address }) => own.some((one) => one.address === address));
}

/** The names of the nodes of lost hosts. Without lost hosts, nothing is queried. */
export async function lostNodes(fleet: ReadOnlyFleet): Promise<readonly string[]> {
  if (fleet.lost.size === 0) return [];
  return (await nodes(fleet))
    .filter((node) => isOfLostHost(node, fleet))
    .map(({ metadata }) => metadata.name);
}

/**
 * The pods on the nodes of lost hosts, and on these other nodes, that are not Ready or are being deleted.
 * @param others names of nodes that were not Ready before the run
 */
export async function lostPods(fleet: ReadOnlyFleet, others: readonly string[] = []): Promise<LostPods> {
  const names = new Set([...(await lostNodes(fleet)), ...others]);
  const pods = await Promise.all(
    [...names].map((node) => apiList<OwnedPod>(fleet, `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)),
  );
  const gone = pods
    .flat()
    .filter((pod) => !isReady(pod) || pod.metadata.deletionTimestamp !== undefined)
    .filter(({ status }) => status.phase !== "Succeeded" && status.phase !== "Failed");
  const ofWorkload = new Map<string, number>();
  for (const owner of gone.flatMap(workloadOf)) ofWorkload.set(owner, (ofWorkload.get(owner) ?? 0) + 1);
  return { uids: new Set(gone.flatMap(({ metadata }) => metadata.uid ?? [])), ofWorkload };
}

/** `KIND NAMESPACE/NAME` of the workloads that a pod belongs to; a Deployment's pods belong to its ReplicaSet `NAME-HASH`. */
function workloadOf({ metadata: { namespace, ownerReferences = [] } }: OwnedPod): string[] {
  return ownerReferences.map(({ kind, name }) =>
    kind === "ReplicaSet"
      ? `Deployment ${namespace}/${name.replace(/-[^-]*$/, "")}`
      : `${kind} ${namespace}/${name}`,
  );
}
