import type { Change } from "../../changes/change.js";
import { etcdMembers, memberAt, type EtcdMember } from "../../machine/etcd.js";
import { isHealthyVoter, whyMembersStay } from "../../machine/quorum.js";
import { etcdDataDir, kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../cluster.js";
import { joinSocket } from "../cri-socket.js";
import { masterStates, type MasterState } from "../masters.js";
import type { Problem, Step } from "../step.js";

interface Facts extends KubeadmFacts {
  readonly states: readonly MasterState[];
  readonly members: readonly EtcdMember[];
}

/** Clears away what a failed join left, before anything is put on that machine again. */
export const clear: Step<Facts> = {
  id: "clear",
  title: "Clear away what a half-done join left",
  why: "kubeadm joins clean machines alone; only the rest of a join to this very cluster is ever cleared.",
  rollout: "one-by-one",
  on: "new-masters",
  async probe(fleet) {
    const [cluster, states, members] = await Promise.all([
      kubeadmFacts(fleet),
      masterStates(fleet),
      etcdMembers(fleet),
    ]);
    return { ...cluster, states, members };
  },
  plan({ states, members, clusterConfiguration }, inventory) {
    const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
    const first = inventory.controlPlane[0]?.name;
    const left = states.filter(({ name, isClearable }) => isClearable && name !== first);
    const changes: Change[] = [];
    const problems: Problem[] = [];
    let remaining = members;
    // A sick member goes first: beside it no other one may.
    for (const master of left.toSorted((a, b) => rank(a, members) - rank(b, members))) {
      const { name: host, address, isMember, found, node } = master;
      const criSocket = joinSocket(master, inventory, kubernetesVersion);
      // Where nobody can tell the runtime, preflight says so.
      if (criSocket === undefined) continue;
      if (isMember) {
        const own = memberAt(remaining, address);
        const without = remaining.filter((member) => member !== own);
        const stay = whyMembersStay(without, `${host}, which is half joined, is not taken out`);
        if (stay !== undefined) {
          problems.push({ severity: "blocker", host, ...stay });
          continue;
        }
        remaining = without;
      }
      const dataDir = etcdDataDir(clusterConfiguration);
      const rest = { address, criSocket, etcdDataDir: dataDir, found, isMember, node };
      changes.push({ kind: "reset", host, ...rest });
    }
    return { changes, problems };
  },
};

function rank({ address }: MasterState, members: readonly EtcdMember[]): number {
  const member = memberAt(members, address);
  return member === undefined || isHealthyVoter(member) ? 1 : 0;
}
