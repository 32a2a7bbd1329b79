import type { ReadOnlyHost } from "./host.js";
import { apiGetFrom } from "./api.js";
import type { Metadata } from "./kubernetes.js";

/** The parts of a DaemonSet that this program reads. */
export interface DaemonSet {
  readonly metadata: Metadata & { readonly generation: number };
  readonly spec: { readonly template: { readonly metadata: Partial<Metadata> } };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** A DaemonSet, as this master's apiserver tells it; `undefined` where there is none. */
export function daemonSet(
  master: ReadOnlyHost,
  namespace: string,
  name: string,
): Promise<DaemonSet | undefined> {
  return apiGetFrom<DaemonSet>(master, `/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`);
}

/** How many of a DaemonSet's pods are wanted, and how many are available as its template says now. */
export function rollout({ metadata, status }: DaemonSet): { wanted: number; rolled: number } {
  const current = status.observedGeneration === metadata.generation;
  return {
    wanted: status.desiredNumberScheduled,
    rolled: current ? Math.min(status.updatedNumberScheduled ?? 0, status.numberAvailable ?? 0) : 0,
  };
}
