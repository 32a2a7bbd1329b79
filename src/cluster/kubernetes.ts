import type { ReadOnlyFleet } from "../machine/fleet.js";
import { apiGet, apiList } from "./api.js";

/** The metadata fields of Kubernetes objects that k8s-ha reads. */
export interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFields[];
}
/** The fields of an object by manager and time of the last write (metadata.managedFields, from Kubernetes 1.18 on). */
export interface ManagedFields {
  /** Such as `2026-11-30T08:24:36Z`. */
  readonly time?: string;
  /** A tree of names such as `f:data`. */
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/**
 * The time of the last write of a field, such as `["f:spec", "f:template"]`; `undefined` if not recorded. Times of the
 * API are strings in one time zone, so they can be compared as strings.
 */
export function lastWrite(
  all: readonly ManagedFields[] | undefined,
  path: readonly string[],
): string | undefined {
  const has = ({ fieldsV1 }: ManagedFields) => {
    let at: Readonly<Record<string, unknown>> | undefined = fieldsV1;
    for (const name of path) at = at?.[name] as typeof at;
    return at !== undefined;
  };
  return (all ?? [])
    .filter(has)
    .flatMap(({ time }) => time ?? [])
    .toSorted()
    .at(-1);
}

/** A ConfigMap. */
export interface ConfigMap {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
}
/** A Node. */
export interface Node {
  readonly metadata: Metadata;
  readonly spec?: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime?: string;
    }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion: string; readonly containerRuntimeVersion?: string };
  };
}
/** A Pod. */
export interface Pod {
  readonly metadata: Metadata;
  readonly spec: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly image?: string }[];
  };
  readonly status: {
    readonly phase?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state?: { readonly running?: { readonly startedAt: string } };
    }[];
  };
}
/** The Endpoints of a Service. */
export interface Endpoints {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly port: number }[];
  }[];
}

/** A ConfigMap; `undefined` if there is none. */
export function configMap(
  fleet: ReadOnlyFleet,
  namespace: string,
  name: string,
): Promise<ConfigMap | undefined> {
  return apiGet<ConfigMap>(fleet, `/api/v1/namespaces/${namespace}/configmaps/${name}`);
}

/** All nodes. */
export function nodes(fleet: ReadOnlyFleet): Promise<readonly Node[]> {
  return apiList<Node>(fleet, "/api/v1/nodes");
}

/** The control plane's static pods on all masters. */
export function controlPlanePods(fleet: ReadOnlyFleet): Promise<readonly Pod[]> {
  return apiList<Pod>(fleet, "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane");
}

/** Whether a node or pod has the condition Ready. */
export function isReady(object: Node | Pod): boolean {
  return object.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/** {@link isReady} of a node as text; `none` without a node. */
export function nodeReadiness(node: Node | undefined): "none" | "Ready" | "not Ready" {
  return node === undefined ? "none" : isReady(node) ? "Ready" : "not Ready";
}

/**
 * Whether all containers of a pod are running. For static pods this is more accurate than Ready, which is set only about
 * 30 s after a start (startup probe, mirror pod).
 */
export function isRunning(pod: Pod): boolean {
  const containers = pod.status.containerStatuses ?? [];
  return containers.length > 0 && containers.every(({ state }) => state?.running !== undefined);
}

/** The last heartbeat of a node's condition Ready. */
export function lastHeard(node: Node): string | undefined {
  return node.status.conditions?.find((c) => c.type === "Ready")?.lastHeartbeatTime;
}

/** The node whose InternalIP is this address. */
export function nodeAt(all: readonly Node[], address: string): Node | undefined {
  return all.find((node) =>
    node.status.addresses?.some((a) => a.type === "InternalIP" && a.address === address),
  );
}

const ROLE = /^node-role\.kubernetes\.io\/(control-plane|master)$/;
const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

/** The labels and taints by which kubeadm join marks a node as control plane. */
export interface ControlPlaneMarks {
  readonly labels: readonly string[];
  readonly taints: readonly { readonly key: string; readonly effect: string }[];
}

/** The {@link ControlPlaneMarks} of the first node that has any: an operator may have removed the taints everywhere. */
export function controlPlaneMarks(all: readonly Node[]): ControlPlaneMarks {
  const model = all.find(isControlPlane);
  if (model === undefined) return { labels: ["node-role.kubernetes.io/control-plane"], taints: [] };
  return {
    labels: Object.keys(model.metadata.labels ?? {}).filter((name) => ROLE.test(name) || name === EXCLUDED),
    taints: (model.spec?.taints ?? [])
      .filter(({ key }) => ROLE.test(key))
      .map(({ key, effect }) => ({ key, effect })),
  };
}

/** Whether kubeadm labeled the node as control plane (label `master` up to 1.23, `control-plane` from 1.20). */
export function isControlPlane(node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  return "node-role.kubernetes.io/control-plane" in labels || "node-role.kubernetes.io/master" in labels;
}
