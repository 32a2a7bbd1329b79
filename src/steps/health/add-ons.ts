import { apiGet, apiList } from "../../cluster/api.js";
import { lostPods } from "../../cluster/lost-pods.js";
import type { Endpoints } from "../../cluster/kubernetes.js";
import type { Workload } from "../../cluster/workloads.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { check, type Check } from "../step.js";

const COREDNS = "Deployment kube-system/coredns";
const ESSENTIAL = new Set([COREDNS, "DaemonSet kube-system/kube-proxy"]);
const SERVED = "has ready addresses";
const NAMESPACE = "/apis/apps/v1/namespaces/kube-system";

/** What was ready before a run; see `Baseline` of the engine. */
export interface ReadyBefore {
  /** `KIND NAMESPACE/NAME` of workloads → how many of their pods were ready. */
  readonly readyReplicas: Readonly<Record<string, number>>;
  readonly notReadyNodes?: readonly string[];
}

/**
 * Checks that the pods of the Deployments and DaemonSets of kube-system are ready: CoreDNS, kube-proxy, the network.
 * Pods on lost hosts, and on nodes that were not Ready before the run, need not be.
 * @param before what was ready before the run; without it, all pods of each must be ready
 */
export async function addOnChecks(fleet: ReadOnlyFleet, before?: ReadyBefore): Promise<Check[]> {
  const { readyReplicas, notReadyNodes = [] } = before ?? {};
  const [deployments, daemonSets, dns, { ofWorkload: lost }] = await Promise.all([
    apiList<Workload>(fleet, `${NAMESPACE}/deployments`),
    apiList<Workload>(fleet, `${NAMESPACE}/daemonsets`),
    apiGet<Endpoints>(fleet, "/api/v1/namespaces/kube-system/endpoints/kube-dns"),
    lostPods(fleet, notReadyNodes),
  ]);
  const ofKind = (kind: string, workloads: readonly Workload[]): Check[] =>
    workloads.map(({ metadata, spec, status }) => {
      const all = status.desiredNumberScheduled ?? spec.replicas ?? 1;
      const ready = status.numberReady ?? status.readyReplicas ?? 0;
      const name = `${kind} kube-system/${metadata.name}`;
      const wanted = Math.max(all - (lost.get(name) ?? 0), 0);
      // What was not ready before the run is not its fault; without CoreDNS no pod resolves a name.
      const least = readyReplicas === undefined || ESSENTIAL.has(name) ? wanted : (readyReplicas[name] ?? 0);
      const needed = Math.max(Math.min(wanted, least), name === COREDNS ? 1 : 0);
      return check(
        fleet.firstMaster.name,
        name,
        `at least ${needed} ready`,
        ready >= needed ? `at least ${needed} ready` : `${ready} of ${needed} ready`,
      );
    });
  const hasDns = deployments.some(({ metadata }) => metadata.name === "coredns");
  const serving = (dns?.subsets ?? []).flatMap(({ addresses = [] }) => addresses);
  const found = serving.length > 0 ? SERVED : "no ready address";
  return [
    ...ofKind("Deployment", deployments),
    ...ofKind("DaemonSet", daemonSets),
    ...(hasDns ? [check(fleet.firstMaster.name, "Service kube-system/kube-dns", SERVED, found)] : []),
  ];
}
