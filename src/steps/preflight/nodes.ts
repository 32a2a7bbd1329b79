import type { Inventory } from "../../inventory/schema.js";
import { nodeAt, type Node } from "../../machine/kubernetes.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";

const KUBELET_CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem";

interface NodeFacts {
  readonly nodes: readonly Node[];
  readonly certificateEnds: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The endpoint that the cluster has already. */
  readonly endpoint: string | undefined;
}

/** Nodes and inventory must match both ways: a kubelet that nobody moves loses its node with the first master. */
export function nodeProblems(
  { nodes, certificateEnds, endpoint }: NodeFacts,
  inventory: Inventory,
): Problem[] {
  const unknown = inventory.workers
    .filter(({ name, address }) => {
      const isNode = certificateEnds.get(name)?.has(KUBELET_CERTIFICATE) ?? false;
      return isNode && nodeAt(nodes, address) === undefined;
    })
    .map(({ name, address }) =>
      blocker(
        name,
        `no node of the cluster has the address ${address}`,
        "write the InternalIP that `kubectl get nodes -o wide` shows for it into the inventory",
      ),
    );
  // Nodes that joined after a migration have the endpoint from cluster-info.
  return endpoint === inventory.cluster.endpoint ? unknown : [...unknown, ...unlisted(nodes, inventory)];
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
        `add it to workers: its kubelet would go on asking ${first} alone`,
      );
    });
}
