import type { ReadOnlyFleet } from "../machine/fleet.js";
import { apiGet, apiList } from "./api.js";
import { isReady, type Metadata, type Pod } from "./kubernetes.js";
import { lostNodes } from "./lost-pods.js";
import { rollout, type Workload, type WorkloadKind } from "./workloads.js";

/** The progress of a rollout. */
export interface Progress {
  readonly wanted: number;
  /** Available pods with the current template. */
  readonly rolled: number;
  /**
   * The names of pods with another template that the DaemonSet's controller does not replace: the pod of a lost node is
   * unavailable and uses up its maxUnavailable, 1 by default (kubernetes: pkg/controller/daemon/update.go). Empty while a
   * pod is being replaced, and without lost hosts.
   */
  readonly stuck: readonly string[];
  /** Users replace its pods (updateStrategy OnDelete). */
  readonly byHand: boolean;
}

interface Owned {
  readonly metadata: Metadata & {
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
}

const HASH = "controller-revision-hash";

/** The {@link Progress} of a workload's rollout, for a DaemonSet without the nodes of lost hosts; `undefined` without the workload. */
export async function progressOf(
  fleet: ReadOnlyFleet,
  {
    kind,
    namespace,
    name,
  }: { readonly kind: WorkloadKind; readonly namespace: string; readonly name: string },
): Promise<Progress | undefined> {
  const objects = `/apis/apps/v1/namespaces/${namespace}`;
  const found = await apiGet<Workload>(fleet, `${objects}/${kind.toLowerCase()}s/${name}`);
  if (found === undefined) return undefined;
  const lost = kind === "DaemonSet" ? await lostNodes(fleet) : [];
  const { metadata, status, spec } = found;
  const byHand = spec.updateStrategy?.type === "OnDelete";
  if (lost.length === 0 || metadata.generation !== status.observedGeneration)
    return { ...rollout(found), stuck: [], byHand };
  const [revisions, pods] = await Promise.all([
    apiList<Owned & { readonly revision: number }>(fleet, `${objects}/controllerrevisions`),
    apiList<Owned & Pod>(fleet, `/api/v1/namespaces/${namespace}/pods`),
  ]);
  const isOwn = (one: Owned): boolean =>
    one.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid) === true;
  // The controller gives the current template the highest revision, also if it had the same template before.
  const current = revisions.filter(isOwn).toSorted((a, b) => b.revision - a.revision)[0]?.metadata.labels?.[
    HASH
  ];
  const own = pods.filter(isOwn);
  const isOnLost = (pod: Pod): boolean => lost.includes(pod.spec.nodeName ?? "");
  const living = own.filter((pod) => !isOnLost(pod) && pod.metadata.deletionTimestamp === undefined);
  const isCurrent = (pod: Pod): boolean => pod.metadata.labels?.[HASH] === current;
  const lostOnes = new Set(own.filter(isOnLost).map((pod) => pod.spec.nodeName));
  const wanted = (status.desiredNumberScheduled ?? 0) - lostOnes.size;
  const rolled = living.filter((pod) => isCurrent(pod) && isReady(pod)).length;
  const outdated = living.filter((pod) => !isCurrent(pod)).map((pod) => pod.metadata.name);
  const isWaiting = rolled + outdated.length >= wanted && !byHand;
  return { wanted, rolled: Math.min(wanted, rolled), stuck: isWaiting ? outdated : [], byHand };
}
