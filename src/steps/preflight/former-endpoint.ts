import type { Inventory } from "../../inventory/schema.js";
import { formerEndpoint } from "../cluster.js";
import type { Problem } from "../step.js";

/** Tells of the endpoint that a cluster was made with, and that now gives way to another. */
export function endpointProblems(facts: { clusterConfiguration: string }, inventory: Inventory): Problem[] {
  const former = formerEndpoint(facts, inventory);
  if (former === undefined) return [];
  const { endpoint } = inventory.cluster;
  return [
    {
      severity: "warning",
      what: `the cluster has the endpoint ${former} already, and gets ${endpoint} in its place`,
      fix: `lead ${former} to ${endpoint}, or tell everyone whose kubeconfig names it; files outside these machines stay`,
    },
  ];
}
