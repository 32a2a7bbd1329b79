import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { nodeAt, nodes, type Node } from "../../../cluster/kubernetes.js";
import { firstMaster } from "../../../inventory/targets.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  readonly nodes: readonly Node[];
  /** The cluster's current endpoint; empty if it has none. */
  readonly endpoint: string;
}

/** Every node is in the inventory: a kubelet that is not moved loses its node with the first master. */
export const unlistedNodes: PreflightCheck<Found> = {
  id: "unlisted-nodes",
  probe: async (fleet) => {
    const [text, all] = await Promise.all([clusterConfiguration(fleet), nodes(fleet)]);
    return { nodes: all, endpoint: parseClusterConfiguration(text).controlPlaneEndpoint ?? "" };
  },
  problems: (found, inventory) => {
    // Nodes that joined after a migration got the endpoint from cluster-info.
    if (found.endpoint === inventory.cluster.endpoint.text) return [];
    const { name: first } = firstMaster(inventory);
    const listed = [...inventory.controlPlane, ...inventory.workers];
    const known = new Set(listed.map(({ address }) => nodeAt(found.nodes, address)));
    return found.nodes
      .filter((node) => !known.has(node))
      .map(({ metadata, status }) => {
        const address = status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "no address";
        return blocker(
          first,
          `node ${metadata.name} (${address}) is not in the inventory`,
          `add it to workers in the inventory; otherwise its kubelet continues to use only ${first}`,
        );
      });
  },
};
