import { apiGet, apiList } from "../../cluster/api.js";
import type { Endpoints } from "../../cluster/kubernetes.js";
import type { Workload } from "../../cluster/workloads.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { check, type Check } from "../step.js";

const COREDNS = "Deployment kube-system/coredns";
const ESSENTIAL = new Set([COREDNS, "DaemonSet kube-system/kube-proxy"]);
const SERVED = "has ready addresses";
const NAMESPACE = "/apis/apps/v1/namespaces/kube-system";

/**
 * Checks that the pods of the Deployments and DaemonSets of kube-system are ready: CoreDNS, kube-proxy, the network.
 * @param readyBefore how many pods of each were ready before the run; without it, all of them must be
 */
export async function addOnChecks(
  fleet: ReadOnlyFleet,
  readyBefore?: Readonly<Record<string, number>>,
): Promise<Check[]> {
  const [deployments, daemonSets, dns] = await Promise.all([
    apiList<Workload>(fleet, `${NAMESPACE}/deployments`),
    apiList<Workload>(fleet, `${NAMESPACE}/daemonsets`),
    apiGet<Endpoints>(fleet, "/api/v1/namespaces/kube-system/endpoints/kube-dns"),
  ]);
  const ofKind = (kind: string, all: readonly Workload[]): Check[] =>
    all.map(({ metadata, spec, status }) => {
      const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
      const ready = status.numberReady ?? status.readyReplicas ?? 0;
      const name = `${kind} kube-system/${metadata.name}`;
      // What was not ready before the run is not its fault; without CoreDNS no pod resolves a name.
      const least = readyBefore === undefined || ESSENTIAL.has(name) ? wanted : (readyBefore[name] ?? 0);
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
