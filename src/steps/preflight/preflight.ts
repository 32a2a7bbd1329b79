import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Step } from "../step.js";
import { clusterFacts, clusterProblems, type ClusterFacts } from "./cluster.js";
import { machineProblems, machines, type Machine } from "./machines.js";
import { networkFacts, networkProblems, type NetworkFacts } from "./network.js";

interface Facts {
  readonly machines: readonly Machine[];
  readonly cluster: ClusterFacts;
  readonly network: NetworkFacts;
  /** This program's clock, in seconds since the epoch. */
  readonly now: number;
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const [all, cluster, network] = await Promise.all([
    machines(fleet),
    clusterFacts(fleet),
    networkFacts(fleet),
  ]);
  return { machines: all, cluster, network, now: Date.now() / 1000 };
}

/** Finds everything that would make a migration fail, at once and before it begins. */
export const preflight: Step<Facts> = {
  id: "preflight",
  title: "Look at every machine, the cluster and the network",
  why: "What would fail half-way is told before anything is changed, all of it at once.",
  rollout: "together",
  isGate: true,
  probe: facts,
  plan: (found, inventory) => ({
    changes: [],
    problems: [
      ...machineProblems(found.machines, inventory),
      ...clusterProblems(found.cluster, inventory, found.now),
      ...networkProblems(found.network, inventory),
    ],
  }),
};
