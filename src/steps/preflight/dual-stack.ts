import { holds } from "../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../inventory/schema.js";
import { nodeAt, type Node } from "../../cluster/kubernetes.js";
import type { ClusterConfiguration } from "../../cluster/kubeadm-config.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** Checks that joining machines get as many addresses as the cluster's nodes have. */
export function dualStackProblems(
  nodes: readonly Node[],
  config: ClusterConfiguration,
  { controlPlane, workers }: Inventory,
): Problem[] {
  const waiting = [...controlPlane, ...workers].filter(({ address }) => nodeAt(nodes, address) === undefined);
  const isGated = holds("dualStackGate", config.kubernetesVersion);
  const takesTwo = !isGated || config.featureGates?.["IPv6DualStack"] === true;
  const double = nodes.find(({ status }) => internal(status).length > 1);
  return waiting.flatMap(({ name, secondAddress }): Problem[] => {
    if (secondAddress !== undefined && !takesTwo) {
      const what = `it has the second address ${secondAddress}, but the cluster is not dual-stack: its kubelet would not start`;
      return [
        blocker(
          name,
          what,
          "remove secondAddress; or set the feature gate IPv6DualStack in kubeadm-config first",
        ),
      ];
    }
    if (secondAddress !== undefined || double === undefined) return [];
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
}

function internal({ addresses = [] }: Node["status"]): string[] {
  return addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
}
