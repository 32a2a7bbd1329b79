import * as z from "zod";
import { familyOf } from "../../address.js";
import { addressed } from "../nodes.js";
import type { FoundNode } from "../found.js";
import type { DraftMachine } from "../draft.js";
import type { Listed } from "./machines.js";

const node = z.looseObject({
  kind: z.literal("Node").optional(),
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().default(""),
  }),
  status: z.looseObject({
    addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).default([]),
  }),
});

/** The schema of the output of `kubectl get nodes -o yaml` or `-o json`: a list, or a single node. */
export const nodeList = z.looseObject({
  kind: z.enum(["List", "NodeList", "Node"]),
  items: z.array(node).optional(),
});

/** Reads the machines of a list of nodes; the oldest master is the first one. */
export function fromNodes(written: z.infer<typeof nodeList>): Listed {
  const items = written.items ?? [node.parse(written)];
  const oldestFirst = items.toSorted((a, b) =>
    a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp),
  );
  const masterNodes = addressed(oldestFirst, undefined).nodes.filter(({ isMaster }) => isMaster);
  const family = familyOf(masterNodes[0]?.address ?? "");
  const { nodes, withoutAddress } = addressed(oldestFirst, family);
  const machine = ({ name, address, secondAddress }: FoundNode): DraftMachine => ({
    notes: [],
    name,
    address,
    ...(secondAddress !== undefined && { secondAddress }),
  });
  return {
    format: "the output of `kubectl get nodes`",
    masters: nodes.filter(({ isMaster }) => isMaster).map(machine),
    workers: nodes.filter(({ isMaster }) => !isMaster).map(machine),
    loadBalancers: [],
    ssh: {},
    notes: withoutAddress.map(
      (name) => `The node ${name} has no InternalIP in the masters' IP family, and is missing here.`,
    ),
  };
}
