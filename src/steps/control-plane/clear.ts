import type { Change } from "../../changes/change.js";
import { etcdMembers, memberAt, type EtcdMember } from "../../cluster/etcd.js";
import { podsOn } from "../../cluster/pods.js";
import { isHealthyVoter, whyMembersStay } from "../../cluster/quorum.js";
import { kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../../cluster/kubeadm-config.js";
import { etcdDataDir, etcdLayout } from "../../cluster/etcd-layout.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { masterStates, type MasterState } from "../../cluster/masters.js";
import type { Problem, Step } from "../step.js";
import { workerStates, type WorkerState } from "../../cluster/workers.js";

interface Facts extends KubeadmFacts {
  readonly states: readonly MasterState[];
  readonly workers: readonly WorkerState[];
  readonly members: readonly EtcdMember[];
  /** The nodes that would be deleted, each with its pods. */
  readonly pods: readonly { readonly node: string; readonly names: readonly string[] }[];
}

/** Resets machines with an incomplete join before anything else is changed on them. */
export const clear: Step<Facts> = {
  id: "clear",
  title: "Clean up incomplete joins",
  why: "kubeadm joins only clean machines; k8s-ha clears only what an incomplete join to this cluster left.",
  rollout: "one-by-one",
  on: "joining-nodes",
  async probe(fleet) {
    const [cluster, states, workers, members] = await Promise.all([
      kubeadmFacts(fleet),
      masterStates(fleet),
      workerStates(fleet),
      etcdMembers(fleet),
    ]);
    const going = states.flatMap(({ isClearable, node }) => (isClearable && node !== null ? [node] : []));
    const pods = going.map(async (node) => ({ node, names: await podsOn(node, fleet) }));
    return { ...cluster, states, workers, members, pods: await Promise.all(pods) };
  },
  plan({ states, workers, members, pods, clusterConfiguration }, inventory) {
    const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
    const first = inventory.controlPlane[0]?.name;
    const left = states.filter(({ name, isClearable }) => isClearable && name !== first);
    const changes: Change[] = [];
    const problems: Problem[] = [];
    let remaining = members;
    // Unhealthy members go first: no other member may be removed while one is unhealthy.
    for (const master of left.toSorted((a, b) => rank(a, members) - rank(b, members))) {
      const { name: host, address, isMember, found, node } = master;
      const criSocket = joinSocket(master, inventory, kubernetesVersion);
      // If the runtime is unknown, the join reports it.
      if (criSocket === undefined) continue;
      const names = pods.find((on) => on.node === node)?.names ?? [];
      if (names.length > 0) {
        problems.push(inService(host, names));
        continue;
      }
      if (isMember) {
        const own = memberAt(remaining, address);
        const without = remaining.filter((member) => member !== own);
        const stay = whyMembersStay(without, `so the incomplete join of ${host} is not cleaned up`);
        if (stay !== undefined) {
          problems.push({ severity: "blocker", host, ...stay });
          continue;
        }
        remaining = without;
      }
      const isExternal = etcdLayout(clusterConfiguration, inventory) === "external";
      const data = isExternal ? {} : { etcdDataDir: etcdDataDir(clusterConfiguration) };
      changes.push({ kind: "reset", host, address, criSocket, ...data, found, isMember, node });
    }
    for (const { name: host, address, found, ...worker } of workers.filter((one) => one.isClearable)) {
      const criSocket = joinSocket({ name: host, ...worker }, inventory, kubernetesVersion);
      if (criSocket === undefined) continue;
      changes.push({ kind: "reset", host, address, criSocket, found, isMember: false, node: null });
    }
    return { changes, problems };
  },
};

/** A working master looks like an incomplete join if its label was removed. */
function inService(host: string, pods: readonly string[]): Problem {
  return {
    severity: "blocker",
    host,
    what: `${host} looks like an incomplete join and would be reset, but pods are running there: ${pods.join(", ")}`,
    fix: `if it is a working master, restore its node's label node-role.kubernetes.io/control-plane=; otherwise: kubectl drain ${host} --ignore-daemonsets`,
  };
}

function rank({ address }: MasterState, members: readonly EtcdMember[]): number {
  const member = memberAt(members, address);
  return member === undefined || isHealthyVoter(member) ? 1 : 0;
}
