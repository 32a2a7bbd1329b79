import type { Inventory } from "../../inventory/schema.js";
import { nodeAt, type Node } from "../../cluster/kubernetes.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

interface NodeFacts {
  readonly nodes: readonly Node[];
  /** The cluster's current endpoint. */
  readonly endpoint: string | undefined;
}

/** Every node must be in the inventory: a kubelet that is not moved loses its node with the first master. */
export function nodeProblems({ nodes, endpoint }: NodeFacts, inventory: Inventory): Problem[] {
  // Nodes that joined after a migration got the endpoint from cluster-info.
  return endpoint === inventory.cluster.endpoint ? [] : unlisted(nodes, inventory);
}

function unlisted(nodes: readonly Node[], inventory: Inventory): Problem[] {
  const first = inventory.controlPlane[0]?.name ?? "";
  const listed = [...inventory.controlPlane, ...inventory.workers];
  const known = new Set(listed.map(({ address }) => nodeAt(nodes, address)));
  return nodes
    .filter((node) => !known.has(node))
    .map(({ metadata, status }) => {
      const address = status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "no address";
      return blocker(
        first,
        `node ${metadata.name} (${address}) is not in the inventory`,
        `add it to workers: its kubelet would continue to use only ${first}`,
      );
    });
}
