import type { Inventory } from "../../inventory/schema.js";
import { formerEndpoint } from "../../cluster/kubeadm-config.js";
import type { Problem } from "../step.js";

/** Warns that the endpoint that the cluster was created with is replaced. */
export function endpointProblems(facts: { clusterConfiguration: string }, inventory: Inventory): Problem[] {
  const former = formerEndpoint(facts, inventory);
  if (former === undefined) return [];
  const { endpoint } = inventory.cluster;
  return [
    {
      severity: "warning",
      what: `the cluster already has the endpoint ${former}, which is replaced by ${endpoint}`,
      fix: `forward ${former} to ${endpoint}, or notify all users whose kubeconfig contains it; k8s-ha does not change files outside these machines`,
    },
  ];
}
