import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Problem, Step } from "../step.js";
import type { ClusterFacts } from "./cluster-facts.js";
import { clusterFacts, clusterProblems } from "./cluster.js";
import { externalEndpoint, externalEndpointProblems, type ExternalEndpoint } from "./external-endpoint.js";
import { machineProblems, machines, type Machine } from "./machines.js";
import { networkFacts, networkProblems, type NetworkFacts } from "./network.js";
import { settle } from "./settle.js";
import { workerFacts, workerProblems, type WorkerFacts } from "./workers.js";

interface Facts {
  readonly machines: readonly Machine[];
  /** `undefined` if its probe failed. */
  readonly cluster: ClusterFacts | undefined;
  readonly network: NetworkFacts | undefined;
  readonly workers: WorkerFacts | undefined;
  /** `undefined` if k8s-ha manages the load balancers. */
  readonly external: ExternalEndpoint | undefined;
  /** The failed probes. */
  readonly failures: readonly Problem[];
  /** The local clock, in seconds since the epoch. */
  readonly now: number;
}

async function facts(fleet: ReadOnlyFleet): Promise<Facts> {
  const [all, hopeful] = await Promise.all([settle(machines(fleet)), look(fleet, [])]);
  const lacking = all.found.filter(({ missingTools }) => missingTools.length > 0).map(({ name }) => name);
  // Again without the hosts that lack a tool: a failure there hides the results of the others.
  const { cluster, network, workers, external } = lacking.length === 0 ? hopeful : await look(fleet, lacking);
  // Failures on hosts that lack a tool are caused by that, and the missing tool is already reported.
  const others = [cluster, network, workers, external]
    .flatMap(({ failures }) => failures)
    .filter(({ host }) => host === undefined || !lacking.includes(host));
  return {
    machines: all.found,
    cluster: cluster.found[0],
    network: network.found[0],
    workers: workers.found[0],
    external: external.found[0],
    failures: [...all.failures, ...others],
    now: Date.now() / 1000,
  };
}

async function look(fleet: ReadOnlyFleet, lacking: readonly string[]) {
  const [cluster, network, workers, external] = await Promise.all([
    settle([clusterFacts(fleet, lacking)]),
    settle([networkFacts(fleet, lacking)]),
    settle([workerFacts(fleet, lacking)]),
    settle([externalEndpoint(fleet, lacking)]),
  ]);
  return { cluster, network, workers, external };
}

/** Reports everything that would make a migration fail, at once and before it starts. */
export const preflight: Step<Facts> = {
  id: "preflight",
  title: "Run preflight checks on all machines, the cluster and the network",
  why: "All blockers are reported at once before anything is changed, so that the migration does not fail halfway.",
  mandatory: "it reports what would fail halfway before anything is changed",
  precedesBackup: true,
  rollout: "together",
  isGate: true,
  probe: facts,
  plan: (found, inventory) => ({
    changes: [],
    problems: [
      ...machineProblems(found.machines, inventory),
      ...found.failures,
      ...(found.cluster === undefined ? [] : clusterProblems(found.cluster, inventory, found.now)),
      ...(found.network === undefined ? [] : networkProblems(found.network, inventory)),
      ...(found.workers === undefined ? [] : workerProblems(found.workers, inventory)),
      ...externalEndpointProblems(found.external, inventory),
    ],
  }),
};
