import type { ReadOnlyFleet } from "./fleet.js";
import { apiGet, apiList } from "./api.js";

/** The parts of Kubernetes objects that this program reads. */
export interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFields[];
}
/** Who wrote which fields of an object last, and when (metadata.managedFields, from Kubernetes 1.18 on). */
export interface ManagedFields {
  /** Such as `2026-11-30T08:24:36Z`. */
  readonly time?: string;
  /** A tree of names such as `f:data`. */
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/**
 * When a field was written last, such as `["f:spec", "f:template"]`; `undefined` where the object does not say. Times of one
 * API are texts in one zone, which compare as they are.
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
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime?: string;
    }[];
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly nodeInfo?: { readonly kubeletVersion: string };
  };
}
/** A Pod. */
export interface Pod {
  readonly metadata: Metadata;
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase?: string;
    readonly hostIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
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

/** A ConfigMap; `undefined` where there is none. */
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

/** The static pods of the control plane, on every master. */
export function controlPlanePods(fleet: ReadOnlyFleet): Promise<readonly Pod[]> {
  return apiList<Pod>(fleet, "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane");
}

/** Whether a node or pod says of itself that it is Ready. */
export function isReady(object: Node | Pod): boolean {
  return object.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
}

/** {@link isReady} of a node in words, also where there is none. */
export function nodeReadiness(node: Node | undefined): "none" | "Ready" | "not Ready" {
  return node === undefined ? "none" : isReady(node) ? "Ready" : "not Ready";
}

/**
 * Whether every container of a pod runs. For static pods a better sign of life than Ready, which follows a start
 * only half a minute later (startup probe, mirror pod).
 */
export function isRunning(pod: Pod): boolean {
  const containers = pod.status.containerStatuses ?? [];
  return containers.length > 0 && containers.every(({ state }) => state?.running !== undefined);
}

/** When a node last said of itself whether it is Ready. */
export function lastHeard(node: Node): string | undefined {
  return node.status.conditions?.find((c) => c.type === "Ready")?.lastHeartbeatTime;
}

/** The node whose InternalIP is this address. */
export function nodeAt(all: readonly Node[], address: string): Node | undefined {
  return all.find((node) =>
    node.status.addresses?.some((a) => a.type === "InternalIP" && a.address === address),
  );
}

/** Whether kubeadm marked the node as part of the control plane (label names: up to 1.23, from 1.20). */
export function isControlPlane(node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  return "node-role.kubernetes.io/control-plane" in labels || "node-role.kubernetes.io/master" in labels;
}
