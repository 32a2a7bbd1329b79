import type { ReadOnlyFleet } from "../machine/fleet.js";
import { apiList } from "./api.js";
import { isReady, type Pod } from "./kubernetes.js";

/** A probe with kubelet's defaults where the API leaves a field out. */
interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly successThreshold?: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
}

interface ProbedPod extends Pod {
  readonly metadata: Pod["metadata"] & { readonly namespace: string; readonly deletionTimestamp?: string };
  readonly spec: Pod["spec"] & {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
}

/** A pod that was Ready before the kubelet of its node restarted; plain data. */
export interface ReadyPod {
  readonly uid: string;
  /** `NAMESPACE/NAME`. */
  readonly name: string;
  /** When it became Ready. */
  readonly since: string;
  /** The seconds after which the new kubelet has probed it for the first time; 0 if it has no probe that makes it Ready. */
  readonly firstProbeSeconds: number;
  /** The seconds within which its probes make it Ready again if they pass as before. */
  readonly limitSeconds: number;
}

/** The pods of a node that are Ready; without static pods, to which no Service of kubeadm's clusters sends requests. */
export async function readyPodsOn(node: string, fleet: ReadOnlyFleet): Promise<ReadyPod[]> {
  const pods = await podsOf(node, fleet);
  return pods
    .filter((pod) => isReady(pod) && !("kubernetes.io/config.mirror" in (pod.metadata.annotations ?? {})))
    .map((pod) => ({
      uid: pod.metadata.uid ?? "",
      name: `${pod.metadata.namespace}/${pod.metadata.name}`,
      since: readySince(pod),
      ...probeTimes(pod),
    }));
}

/**
 * The pods that are not Ready again; those that were deleted or have completed do not count.
 * @param secondsAgo when the new kubelet started
 * @param losesReadiness the new kubelet reports a pod with a probe as not Ready until it has probed it, which it may not
 *   have done yet; `false`: it leaves the pod as it was
 */
export async function notReadyAgain(
  node: string,
  before: readonly ReadyPod[],
  fleet: ReadOnlyFleet,
  { secondsAgo, losesReadiness }: { readonly secondsAgo: number; readonly losesReadiness: boolean },
): Promise<ReadyPod[]> {
  const now = new Map((await podsOf(node, fleet)).map((pod) => [pod.metadata.uid, pod]));
  return before.filter(({ uid, since, firstProbeSeconds }) => {
    const pod = now.get(uid);
    if (pod === undefined || isEnding(pod)) return false;
    if (!isReady(pod)) return true;
    return losesReadiness && readySince(pod) === since && secondsAgo < firstProbeSeconds;
  });
}

function podsOf(node: string, fleet: ReadOnlyFleet): Promise<readonly ProbedPod[]> {
  return apiList<ProbedPod>(fleet, `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`);
}

function readySince({ status }: Pod): string {
  return status.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime ?? "";
}

function isEnding({ metadata, status }: ProbedPod): boolean {
  return metadata.deletionTimestamp !== undefined || ["Succeeded", "Failed"].includes(status.phase ?? "");
}

/** Allows for a kubelet that starts many pods' probes at once. */
const FIRST_PROBE_MARGIN = 5;
const LIMIT_MARGIN = 60;
const HOUR = 3600;

/** A kubelet waits a random part of a probe's period before the first one (pkg/kubelet/prober/worker.go). */
function probeTimes({ spec }: ProbedPod): Pick<ReadyPod, "firstProbeSeconds" | "limitSeconds"> {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const first = Math.max(0, ...containers.map((one) => once(one.startupProbe) + once(one.readinessProbe)));
  const limit = Math.max(0, ...containers.map((one) => most(one.startupProbe) + most(one.readinessProbe)));
  return {
    firstProbeSeconds: first === 0 ? 0 : first + FIRST_PROBE_MARGIN,
    limitSeconds: Math.min(HOUR, limit + LIMIT_MARGIN),
  };
}

function once(probe: Probe | undefined): number {
  return probe === undefined ? 0 : (probe.periodSeconds ?? 10) + (probe.timeoutSeconds ?? 1);
}

function most(probe: Probe | undefined): number {
  if (probe === undefined) return 0;
  const { initialDelaySeconds = 0, successThreshold = 1, failureThreshold = 3 } = probe;
  return initialDelaySeconds + once(probe) * (successThreshold + failureThreshold);
}
