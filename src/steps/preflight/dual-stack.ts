import { holds } from "../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../inventory/schema.js";
import { nodeAt, type Node } from "../../machine/kubernetes.js";
import type { ClusterConfiguration } from "../cluster.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

/** Whether the machines that are to join get as many addresses as the cluster's nodes have. */
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
      const what = `it has the second address ${secondAddress}, and the cluster is none of two families: its kubelet would not start`;
      return [
        blocker(
          name,
          what,
          "take secondAddress out; or set the feature gate IPv6DualStack in kubeadm-config first",
        ),
      ];
    }
    if (secondAddress !== undefined || double === undefined) return [];
    const { metadata, status } = double;
    return [
      {
        severity: "warning",
        host: name,
        what: `the node ${metadata.name} has the addresses ${internal(status).join(", ")}, and ${name} would join with one`,
        fix: `give ${name} a secondAddress in the inventory, its own of the other family`,
      },
    ];
  });
}

function internal({ addresses = [] }: Node["status"]): string[] {
  return addresses.filter(({ type }) => type === "InternalIP").map(({ address }) => address);
}
