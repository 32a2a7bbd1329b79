import { etcdAlarms, etcdMembers, memberAt, type EtcdMember } from "../../../cluster/etcd.js";
import {
  controlPlanePods,
  isReady,
  isRunning,
  nodeAt,
  nodes,
  type Node,
  type Pod,
} from "../../../cluster/kubernetes.js";
import { isOfLostHost } from "../../../cluster/lost-pods.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { whyAlarmsStop } from "../../../cluster/quorum.js";
import type { Inventory } from "../../../inventory/schema.js";
import { firstMaster } from "../../../inventory/targets.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  /** Without the nodes of lost hosts. */
  readonly nodes: readonly Node[];
  /** The control plane's. */
  readonly pods: readonly Pod[];
  readonly members: readonly EtcdMember[];
  /** The result of {@link etcdAlarms}. */
  readonly alarms: readonly string[];
  /** The incomplete joins that are cleared before any join: their nodes and members need not be healthy. */
  readonly cleared: readonly { readonly node: string | null; readonly address: string }[];
}

const FIX = "kubectl describe shows why";
const MEMBER_FIX = "on its host: journalctl -u kubelet, crictl ps -a --name etcd";

/** A worker may be skipped. */
function fixFor(node: Node, { workers }: Inventory): string {
  const worker = workers.find(({ address }) => nodeAt([node], address) !== undefined);
  return worker === undefined
    ? FIX
    : `${FIX}; or, if the machine is lost, continue without it: --skip-host ${worker.name}`;
}

/** All nodes, control-plane pods and etcd members are healthy, and etcd has no alarm. */
export const health: PreflightCheck<Found> = {
  id: "health",
  probe: async (fleet) => {
    const [all, pods, members, alarms, states] = await Promise.all([
      nodes(fleet),
      controlPlanePods(fleet),
      etcdMembers(fleet),
      etcdAlarms(fleet),
      masterStates(fleet),
    ]);
    const cleared = pending(states)
      .filter(({ isClearable }) => isClearable)
      .map(({ node, address }) => ({ node, address }));
    const present = all.filter((node) => !isOfLostHost(node, fleet));
    return { nodes: present, pods, members, alarms, cleared };
  },
  problems: (found, inventory) => {
    const { name: first } = firstMaster(inventory);
    const staying = found.nodes.filter(
      ({ metadata }) => !found.cleared.some(({ node }) => node === metadata.name),
    );
    const clearedMembers = found.cleared.map(({ address }) => memberAt(found.members, address));
    const alarmed = whyAlarmsStop(found.alarms);
    return [
      ...(alarmed === undefined ? [] : [blocker(first, alarmed.what, alarmed.fix)]),
      ...staying
        .filter((node) => !isReady(node))
        .map((node) => blocker(first, `node ${node.metadata.name} is not Ready`, fixFor(node, inventory))),
      ...found.pods
        // The cluster itself deletes the pods of a deleted node, within minutes.
        .filter((pod) => staying.some((node) => node.metadata.name === pod.spec.nodeName) && !isRunning(pod))
        .map(({ metadata }) => blocker(first, `pod ${metadata.name} is not running`, FIX)),
      ...found.members
        .filter((member) => !member.healthy && !clearedMembers.includes(member))
        .map(({ name, id }) => blocker(first, `etcd member ${name || id} is not healthy`, MEMBER_FIX)),
    ];
  },
};
