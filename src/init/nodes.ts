import { canonical, familyOf, type Family } from "../address.js";
import { isControlPlane, type Node } from "../cluster/kubernetes.js";
import type { FoundNode } from "./found.js";

/** The nodes with their addresses, and the names of those without an InternalIP of this family. */
export interface AddressedNodes {
  readonly nodes: readonly FoundNode[];
  readonly withoutAddress: readonly string[];
}

/** Reads the nodes' addresses. @param masters names of nodes that run an apiserver, whatever their labels */
export function addressed(
  all: readonly Node[],
  family: Family | undefined,
  masters: ReadonlySet<string> = new Set(),
): AddressedNodes {
  const rows = all.map((node) => {
    const { name } = node.metadata;
    const internal = (node.status.addresses ?? [])
      .filter(({ type }) => type === "InternalIP")
      .map(({ address }) => canonical(address));
    const address = internal.find((one) => family === undefined || familyOf(one) === family);
    const secondAddress = internal.find(
      (one) => address !== undefined && familyOf(one) !== familyOf(address),
    );
    const isMaster = isControlPlane(node) || masters.has(name);
    return { name, address, secondAddress, isMaster };
  });
  return {
    nodes: rows.flatMap(({ name, address, secondAddress, isMaster }) =>
      address === undefined
        ? []
        : [{ name, address, isMaster, ...(secondAddress !== undefined && { secondAddress }) }],
    ),
    withoutAddress: rows.filter(({ address }) => address === undefined).map(({ name }) => name),
  };
}
