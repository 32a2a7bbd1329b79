import { apiList } from "../../cluster/api.js";
import type { Workload } from "../../cluster/workloads.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { check, type Check } from "../step.js";

const NAMESPACE = "/apis/apps/v1/namespaces/kube-system";

/** Checks that every pod of the Deployments and DaemonSets of kube-system is ready: CoreDNS, kube-proxy, the network. */
export async function addOnChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const [deployments, daemonSets] = await Promise.all([
    apiList<Workload>(fleet, `${NAMESPACE}/deployments`),
    apiList<Workload>(fleet, `${NAMESPACE}/daemonsets`),
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
  return [...ofKind("Deployment", deployments), ...ofKind("DaemonSet", daemonSets)];
}
