import { memberAt } from "../../cluster/etcd.js";
import { isReady, isRunning } from "../../cluster/kubernetes.js";
import type { Problem } from "../step.js";
import type { ClusterFacts } from "./cluster-facts.js";
import { blocker } from "./machines.js";

type Health = Pick<ClusterFacts, "nodes" | "pods" | "members">;

/** Excludes nodes and members that are cleared before any join: they need not be healthy. */
export function withoutHalfJoined({
  nodes,
  pods,
  members,
  pending,
}: Health & Pick<ClusterFacts, "pending">): Health {
  const going = pending.filter(({ isClearable }) => isClearable);
  const goingNodes = going.map(({ node }) => node);
  const goingMembers = going.map(({ address }) => memberAt(members, address));
  return {
    nodes: nodes.filter(({ metadata }) => !goingNodes.includes(metadata.name)),
    pods,
    members: members.filter((member) => !goingMembers.includes(member)),
  };
}

/** Nodes, pods and etcd members that are not healthy. */
export function healthProblems({ nodes: all, pods, members }: Health, first: string): Problem[] {
  const look = "fix it before migrating; kubectl describe shows why";
  return [
    ...all
      .filter((node) => !isReady(node))
      .map((n) => blocker(first, `node ${n.metadata.name} is not Ready`, look)),
    ...pods
      // The cluster itself deletes the pods of a deleted node, within minutes.
      .filter((pod) => all.some((node) => node.metadata.name === pod.spec.nodeName) && !isRunning(pod))
      .map((p) => blocker(first, `pod ${p.metadata.name} is not running`, look)),
    ...members
      .filter((m) => !m.healthy)
      .map((m) => blocker(first, `etcd member ${m.name || m.id} is not healthy`, look)),
  ];
}
