import { httpsUrl } from "../address.js";
import { Failure } from "../failure.js";
import { apiCurl } from "../machine/api-batch.js";
import { kubectl } from "../machine/kubectl.js";
import { remoteQuery, type Query } from "../machine/query.js";
import { APISERVER_PORT } from "../ports.js";
import { sh } from "../shell/shell.js";

/** Kinds that live long: users and controllers create and delete objects of others while a run is in progress. */
const KINDS: Readonly<Record<string, string>> = {
  namespaces: "/api/v1/namespaces",
  persistentvolumes: "/api/v1/persistentvolumes",
  daemonsets: "/apis/apps/v1/daemonsets",
  statefulsets: "/apis/apps/v1/statefulsets",
  clusterroles: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  clusterrolebindings: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  customresourcedefinitions: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
};

type Master = { readonly address: string };

/** How many objects a cluster has. */
export interface ObjectCounts {
  /** Kind → number of objects. */
  readonly objects: Readonly<Record<string, number>>;
  /** The resource version of a list: etcd's revision. */
  readonly revision: number;
}

/**
 * Counts objects without transferring them: a list limited to one item states how many remain. Only their metadata are
 * requested.
 */
export function objectCounts(master: Master): Query<ObjectCounts> {
  const urls = Object.values(KINDS).map(
    (path) => `${httpsUrl(master.address, APISERVER_PORT)}${path}?limit=1`,
  );
  const metadata = "Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
  const script = apiCurl(40, sh`-f -w '\n' -H ${metadata}`, sh`${urls}`);
  return remoteQuery(script, parseCounts, { shownAs: "curl APISERVER/…?limit=1" });
}

interface LimitedList {
  readonly metadata: { readonly resourceVersion: string; readonly remainingItemCount?: number };
  /** `null` for a list of metadata without an item. */
  readonly items: readonly unknown[] | null;
}

/**
 * @param out for each kind of {@link objectCounts} one line with its list
 */
export function parseCounts(out: string): ObjectCounts {
  const lists = out
    .trim()
    .split(/\n+/)
    .map((line) => JSON.parse(line) as LimitedList);
  if (lists.length !== Object.keys(KINDS).length) throw new Failure("the apiserver did not count every kind");
  const counts = lists.map(
    ({ metadata, items }) => (items?.length ?? 0) + (metadata.remainingItemCount ?? 0),
  );
  return {
    objects: Object.fromEntries(Object.keys(KINDS).map((kind, i) => [kind, counts[i] ?? 0])),
    revision: Number(lists[0]?.metadata.resourceVersion),
  };
}

/** A pod's readiness. */
export interface PodRow {
  readonly uid: string;
  readonly name: string;
  readonly ready: boolean;
  /** A controller replaces it, or the kubelet. */
  readonly isOwned: boolean;
  /** It has completed, or is being deleted. */
  readonly isEnding: boolean;
}

/** All pods, reduced on the master, because the list may be many megabytes. */
export function podRows(master: Master): Query<readonly PodRow[]> {
  const path =
    '{range .items[*]}{.metadata.uid}{"\\t"}{.metadata.namespace}/{.metadata.name}{"\\t"}{.status.conditions[?(@.type=="Ready")].status}{"\\t"}{.status.phase}{"\\t"}{.metadata.deletionTimestamp}{"\\t"}{.metadata.ownerReferences[*].kind}{"\\n"}{end}';
  return remoteQuery(
    kubectl(master, ["--request-timeout=30s", "get", "pods", "-A", "-o", `jsonpath=${path}`]),
    (out) =>
      rows(out).map(([uid = "", name = "", ready, phase = "", deleted = "", owner = ""]) => ({
        uid,
        name,
        ready: ready === "True",
        isOwned: owner !== "",
        isEnding: ["Succeeded", "Failed"].includes(phase) || deleted !== "",
      })),
  );
}

/** The numbers of wanted and of ready pods of a Deployment, DaemonSet or StatefulSet. */
export interface WorkloadRow {
  /** `KIND NAMESPACE/NAME`. */
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

/** All workloads with a fixed number of pods. */
export function workloadRows(master: Master): Query<readonly WorkloadRow[]> {
  // A DaemonSet has other fields than the others.
  const path =
    '{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name}{"\\t"}{.spec.replicas}{.status.desiredNumberScheduled}{"\\t"}{.status.readyReplicas}{.status.numberReady}{"\\n"}{end}';
  const kinds = "deployments,daemonsets,statefulsets";
  return remoteQuery(
    kubectl(master, ["--request-timeout=30s", "get", kinds, "-A", "-o", `jsonpath=${path}`]),
    (out) =>
      rows(out).map(([name = "", wanted, ready]) => ({ name, wanted: Number(wanted), ready: Number(ready) })),
  );
}

function rows(out: string): readonly (readonly string[])[] {
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}
