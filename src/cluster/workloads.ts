import { apiGetFrom } from "./api.js";
import type { ReadOnlyHost } from "../machine/host.js";
import type { Metadata } from "./kubernetes.js";

/** The kinds of workloads with a pod template. */
export type WorkloadKind = "DaemonSet" | "Deployment" | "StatefulSet";

/** The fields of a workload that k8s-ha reads; status fields differ by kind. */
export interface Workload {
  readonly metadata: Metadata & { readonly generation: number };
  readonly spec: {
    readonly replicas?: number;
    readonly updateStrategy?: { readonly type?: string };
    readonly template: { readonly metadata: Partial<Metadata> };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberReady?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly readyReplicas?: number;
  };
}

/** A workload from this master's apiserver; `undefined` if there is none. */
export function workload(
  master: ReadOnlyHost,
  kind: WorkloadKind,
  namespace: string,
  name: string,
): Promise<Workload | undefined> {
  return apiGetFrom<Workload>(master, `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`);
}

/** The number of desired pods of a workload, and of available pods with its current template. */
export function rollout({ metadata, spec, status }: Workload): { wanted: number; rolled: number } {
  const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
  const updated = status.updatedNumberScheduled ?? status.updatedReplicas ?? 0;
  // StatefulSets report availableReplicas from 1.24 on.
  const available = status.numberAvailable ?? status.availableReplicas ?? status.readyReplicas ?? 0;
  const isCurrent = status.observedGeneration === metadata.generation;
  return { wanted, rolled: isCurrent ? Math.min(wanted, updated, available) : 0 };
}
