import { apiGet, apiList } from "../../cluster/api.js";
import type { Endpoints } from "../../cluster/kubernetes.js";
import type { Workload } from "../../cluster/workloads.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { check, type Check } from "../step.js";

const SERVED = "has ready addresses";
const NAMESPACE = "/apis/apps/v1/namespaces/kube-system";

/** Checks that every pod of the Deployments and DaemonSets of kube-system is ready: CoreDNS, kube-proxy, the network. */
export async function addOnChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const [deployments, daemonSets, dns] = await Promise.all([
    apiList<Workload>(fleet, `${NAMESPACE}/deployments`),
    apiList<Workload>(fleet, `${NAMESPACE}/daemonsets`),
    apiGet<Endpoints>(fleet, "/api/v1/namespaces/kube-system/endpoints/kube-dns"),
  ]);
  const ofKind = (kind: string, all: readonly Workload[]): Check[] =>
    all.map(({ metadata, spec, status }) => {
      const wanted = status.desiredNumberScheduled ?? spec.replicas ?? 1;
      const ready = status.numberReady ?? status.readyReplicas ?? 0;
      // Without CoreDNS no pod resolves a name.
      const needed = metadata.name === "coredns" ? Math.max(wanted, 1) : wanted;
      const what = `${kind} kube-system/${metadata.name}`;
      return check(
        fleet.firstMaster.name,
        what,
        `${needed} of ${needed} ready`,
        `${ready} of ${needed} ready`,
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
