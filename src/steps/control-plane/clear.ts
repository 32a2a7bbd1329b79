import { etcdDataDir, kubeadmFacts, type KubeadmFacts } from "../cluster.js";
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
  async probe(fleet) {
    const [cluster, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    return { ...cluster, states };
  },
  plan: ({ states, criSocket, clusterConfiguration }, inventory) => ({
    changes: states
      .filter(({ name, isClearable }) => isClearable && name !== inventory.controlPlane[0]?.name)
      .map(({ name, found, node }) => ({
        kind: "reset",
        host: name,
        criSocket,
        etcdDataDir: etcdDataDir(clusterConfiguration),
        found,
        node,
      })),
  }),
};
