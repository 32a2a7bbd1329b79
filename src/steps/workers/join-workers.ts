import type { Change } from "../../changes/change.js";
import { clusterCaHash } from "../../machine/certificates.js";
import { nodeAt, nodeReadiness, nodes } from "../../cluster/kubernetes.js";
import { kubeadmFacts, parseClusterConfiguration, type KubeadmFacts } from "../../cluster/kubeadm-config.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { ignored } from "../ignored-checks.js";
import { noRuntime } from "../no-runtime.js";
import { check, type Problem, type Step } from "../step.js";
import { pendingWorkers, workerStates, type WorkerState } from "../../cluster/workers.js";
import { obstacle } from "./obstacle.js";

interface Facts extends KubeadmFacts {
  readonly workers: readonly WorkerState[];
  readonly caCertHash: string;
}

/** Joins the inventory's workers that are not yet nodes of the cluster, in parallel. */
export const joinWorkers: Step<Facts> = {
  id: "join-workers",
  title: "Join new workers",
  why: "Workers in the inventory that are not yet nodes of the cluster join it through the endpoint.",
  requires: [
    {
      steps: ["clear", "cluster-info"],
      why: "a new worker's kubelet reads the endpoint from cluster-info, and kubeadm joins only clean machines",
    },
  ],
  rollout: "together",
  on: "workers",
  // A node is Ready only after the network add-on's images are pulled and its pods run.
  settleSeconds: 240,
  async probe(fleet) {
    const [cluster, workers, caCertHash] = await Promise.all([
      kubeadmFacts(fleet),
      workerStates(fleet),
      fleet.firstMaster.ask(clusterCaHash),
    ]);
    return { ...cluster, workers, caCertHash };
  },
  plan(facts, inventory) {
    const { kubernetesVersion } = parseClusterConfiguration(facts.clusterConfiguration);
    const problems = facts.workers.flatMap((worker) => obstacle(worker) ?? []);
    const changes: Change[] = [];
    for (const worker of pendingWorkers(facts.workers)) {
      if (obstacle(worker) !== undefined) continue;
      const { name: host, address } = worker;
      const { secondAddress } = inventory.workers.find(({ name }) => name === host) ?? {};
      const criSocket = joinSocket(worker, inventory, kubernetesVersion);
      if (criSocket === undefined) {
        problems.push(noRuntime(worker, inventory, kubernetesVersion));
        continue;
      }
      changes.push({
        kind: "join-worker",
        host,
        kubernetesVersion,
        endpoint: inventory.cluster.endpoint.text,
        caCertHash: facts.caCertHash,
        nodeName: host,
        address,
        ...(secondAddress !== undefined && { secondAddress }),
        criSocket,
        ...ignored(inventory.kubeadm.ignorePreflightErrors),
      });
    }
    return { changes, problems: [...problems, ...announced(changes)] };
  },
  async verify(fleet) {
    const all = await nodes(fleet);
    return fleet
      .hosts("workers")
      .map(({ name, address }) => check(name, "node", "Ready", nodeReadiness(nodeAt(all, address))));
  },
};

/** Warns before the joins, because a machine may be in the inventory by mistake. */
function announced(joins: readonly Change[]): Problem[] {
  if (joins.length === 0) return [];
  const names = joins.map(({ host }) => host).join(", ");
  return [
    {
      severity: "warning",
      what: `these machines are not yet nodes and will join as workers: ${names}`,
      fix: "if this is not intended, remove them from the inventory; a rollback requires that they are drained, deletes their nodes and resets the machines",
    },
  ];
}
