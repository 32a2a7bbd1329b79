import { holds } from "../../../config-files/kubeadm-versions.js";
import { nodeAt, nodes, type Node } from "../../../cluster/kubernetes.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import type { Problem } from "../../step.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  readonly clusterConfiguration: string;
  readonly nodes: readonly Node[];
}

/** Joining machines get as many addresses as the cluster's nodes have. */
export const secondAddress: PreflightCheck<Found> = {
  id: "second-address",
  probe: async (fleet) => {
    const [configuration, all] = await Promise.all([clusterConfiguration(fleet), nodes(fleet)]);
    return { clusterConfiguration: configuration, nodes: all };
  },
  problems: (found, { controlPlane, workers }) => {
    const config = parseClusterConfiguration(found.clusterConfiguration);
    const waiting = [...controlPlane, ...workers].filter(
      ({ address }) => nodeAt(found.nodes, address) === undefined,
    );
    const isGated = holds("dualStackGate", config.kubernetesVersion);
    const takesTwo = !isGated || config.featureGates?.["IPv6DualStack"] === true;
    const double = found.nodes.find(({ status }) => internal(status).length > 1);
    return waiting.flatMap(({ name, secondAddress: second }): Problem[] => {
      if (second !== undefined && !takesTwo) {
        const what = `it has the second address ${second}, but the cluster is not dual-stack: its kubelet would not start`;
        const fix = "remove secondAddress; or set the feature gate IPv6DualStack in kubeadm-config first";
        return [blocker(name, what, fix)];
      }
      if (second !== undefined || double === undefined) return [];
      const { metadata, status } = double;
      return [
        {
          severity: "warning",
          host: name,
          what: `node ${metadata.name} has the addresses ${internal(status).join(", ")}, but ${name} would join with only one`,
          fix: `set secondAddress of ${name} in the inventory to its address of the other IP family`,
        },
      ];
    });
  },
};

function internal({ addresses = [] }: Node["status"]): string[] {
  return addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
}
