import {
  formerEndpoint as formerEndpointOf,
  kubeadmFacts,
  type KubeadmFacts,
} from "../../../cluster/kubeadm-config.js";
import type { PreflightCheck } from "../check.js";

/** Warns if the endpoint that the cluster was created with is replaced. */
export const formerEndpoint: PreflightCheck<Pick<KubeadmFacts, "clusterConfiguration" | "replacedEndpoint">> =
  {
    id: "former-endpoint",
    probe: async (fleet) => {
      const { clusterConfiguration, replacedEndpoint } = await kubeadmFacts(fleet);
      return { clusterConfiguration, ...(replacedEndpoint !== undefined && { replacedEndpoint }) };
    },
    problems: (found, inventory) => {
      const former = formerEndpointOf(found, inventory);
      if (former === undefined) return [];
      const { text: endpoint } = inventory.cluster.endpoint;
      return [
        {
          severity: "warning",
          what: `the cluster already has the endpoint ${former}, which will be replaced by ${endpoint}`,
          fix: `forward ${former} to ${endpoint}, or notify all users whose kubeconfig contains it; k8s-ha does not change files outside these machines`,
        },
      ];
    },
  };
