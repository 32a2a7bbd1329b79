import type { Change } from "../../changes/change.js";
import { etcdDataDir, kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../cluster.js";
import { joinSocket } from "../cri-socket.js";
import { masterStates, type MasterState } from "../masters.js";
import type { Step } from "../step.js";

interface Facts extends KubeadmFacts {
  readonly states: readonly MasterState[];
}

/** Clears away what a failed join left, before anything is put on that machine again. */
export const clear: Step<Facts> = {
  id: "clear",
  title: "Clear away what a half-done join left",
  why: "kubeadm joins clean machines alone; only the rest of a join to this very cluster is ever cleared.",
  rollout: "one-by-one",
  on: "new-masters",
  async probe(fleet) {
    const [cluster, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    return { ...cluster, states };
  },
  plan({ states, clusterConfiguration }, inventory) {
    const { kubernetesVersion } = parseClusterConfiguration(clusterConfiguration);
    const left = states.filter(
      ({ name, isClearable }) => isClearable && name !== inventory.controlPlane[0]?.name,
    );
    const changes = left.flatMap((master): Change[] => {
      const { name: host, found, node } = master;
      const criSocket = joinSocket(master, inventory, kubernetesVersion);
      // Where nobody can tell the runtime, preflight says so.
      if (criSocket === undefined) return [];
      const dataDir = etcdDataDir(clusterConfiguration);
      return [{ kind: "reset", host, criSocket, etcdDataDir: dataDir, found, node }];
    });
    return { changes };
  },
};
