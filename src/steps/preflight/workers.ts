import { holds, sameMinor } from "../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Refusal } from "../../machine/kubeadm-preflight.js";
import { probePort, listeningPorts, type PortAnswer } from "../../machine/network.js";
import { remoteQuery } from "../../machine/query.js";
import { APISERVER_PORT, KUBELET_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import type { Problem } from "../step.js";
import { pendingWorkers, workerStates, type WorkerState } from "../../cluster/workers.js";
import { obstacle } from "../workers/obstacle.js";
import { kubeadmProblems, workerRefusals } from "./kubeadm.js";
import { blocker } from "./machines.js";
import { settle } from "./settle.js";

/** Tools that a join needs beyond those of every worker; kubeadm itself requires the last two, crictl up to 1.30. */
const TOOLS = ["kubeadm", "kubelet", "pgrep", "crictl", "ip"];

/** A machine that is to join as a worker. */
interface JoiningNode {
  readonly name: string;
  readonly missingTools: readonly string[];
  /** `v1.20.2` of kubeadm and of kubelet, where they are installed. */
  readonly versions: Readonly<Record<string, string>>;
  /** The program on the kubelet's port; empty for none, and if an incomplete join is cleared first. */
  readonly occupant: string;
  /** The errors that its kubeadm reports. */
  readonly refusals?: readonly Refusal[];
  /** The answers it gets from the endpoint, which may not exist yet, and from the first master. */
  readonly toEndpoint: PortAnswer;
  readonly toFirstMaster: PortAnswer;
  /** The answer that the first master gets from its kubelet's port. */
  readonly fromFirstMaster: PortAnswer;
}

/** The workers, and whether those that are not nodes yet can join. */
export interface WorkerFacts {
  readonly kubernetesVersion: string;
  readonly states: readonly WorkerState[];
  readonly newcomers: readonly JoiningNode[];
  /** The failed probes of single hosts. */
  readonly failures: readonly Problem[];
}

const installed = remoteQuery(
  sh`for t in ${TOOLS}; do command -v "$t" >/dev/null || echo "missing $t"; done
if command -v kubeadm >/dev/null; then echo "kubeadm $(kubeadm version -o short)"; fi
if command -v kubelet >/dev/null; then echo "kubelet $(kubelet --version | sed 's/.* //')"; fi`,
  (out) => {
    const rows = [...out.matchAll(/^(\S+) (\S+)$/gm)].map(
      ([, key = "", value = ""]) => [key, value] as const,
    );
    return {
      missingTools: rows.filter(([key]) => key === "missing").map(([, tool]) => tool),
      versions: Object.fromEntries(rows.filter(([key]) => key !== "missing")),
    };
  },
);

/** Probes the workers; hosts that lack tools that every machine needs are skipped. */
export async function workerFacts(fleet: ReadOnlyFleet, lacking: readonly string[]): Promise<WorkerFacts> {
  const [text, states] = await Promise.all([clusterConfiguration(fleet), workerStates(fleet)]);
  const { kubernetesVersion } = parseClusterConfiguration(text);
  const asked = pendingWorkers(states).filter(
    (worker) => obstacle(worker) === undefined && !lacking.includes(worker.name),
  );
  const { found, failures } = await settle(
    asked.map(async (worker) => {
      const machine = await joiningNode(worker, fleet);
      if (!isOfVersion(machine, kubernetesVersion)) return machine;
      return { ...machine, refusals: await workerRefusals(fleet, worker, text, kubernetesVersion) };
    }),
  );
  return { kubernetesVersion, states, newcomers: found, failures };
}

/** kubeadm of another version is a blocker already, and would refuse anyway. */
function isOfVersion({ versions: { kubeadm } }: JoiningNode, kubernetesVersion: string): boolean {
  return kubeadm !== undefined && sameMinor(kubeadm, kubernetesVersion);
}

async function joiningNode({ name, state }: WorkerState, fleet: ReadOnlyFleet): Promise<JoiningNode> {
  const host = fleet.host(name);
  const { address, port } = endpoint(fleet.inventory);
  const first = fleet.firstMaster;
  const [tools, ports, toEndpoint, toFirstMaster, fromFirstMaster] = await Promise.all([
    host.ask(installed),
    host.ask(listeningPorts),
    host.ask(probePort(address, port)),
    host.ask(probePort(first.address, APISERVER_PORT)),
    first.ask(probePort(host.address, KUBELET_PORT)),
  ]);
  const occupant = state === "absent" ? (ports.get(KUBELET_PORT)?.join(", ") ?? "") : "";
  return { name, ...tools, occupant, toEndpoint, toFirstMaster, fromFirstMaster };
}

/** The problems of the workers. */
export function workerProblems(facts: WorkerFacts, inventory: Inventory): Problem[] {
  const first = inventory.controlPlane[0]?.name ?? "";
  return [
    ...facts.failures,
    ...facts.states.flatMap((worker) => obstacle(worker) ?? []),
    ...facts.newcomers.flatMap((worker) => [
      ...programs(worker, facts.kubernetesVersion),
      ...network(worker, first, inventory),
      ...kubeadmProblems(worker.name, worker.refusals ?? []),
    ]),
  ];
}

function isWanted(tool: string, kubernetesVersion: string): boolean {
  return tool !== "crictl" || holds("wantsCrictl", kubernetesVersion);
}

function programs({ name, missingTools, versions }: JoiningNode, kubernetesVersion: string): Problem[] {
  const wrong = Object.entries(versions).filter(([, version]) => !sameMinor(version, kubernetesVersion));
  return [
    ...missingTools
      .filter((tool) => isWanted(tool, kubernetesVersion))
      .map((tool) =>
        blocker(
          name,
          `${tool} is not installed, and ${name} is not yet a node of the cluster`,
          `install it so that ${name} can join as a worker, or remove ${name} from the inventory`,
        ),
      ),
    ...wrong.map(([program, version]) =>
      blocker(
        name,
        `${program} is ${version}, the cluster is ${kubernetesVersion}`,
        `install kubeadm and kubelet ${kubernetesVersion} on ${name}`,
      ),
    ),
  ];
}

function network(worker: JoiningNode, first: string, { cluster }: Inventory): Problem[] {
  const { name, occupant, toEndpoint, toFirstMaster, fromFirstMaster } = worker;
  const problems: Problem[] = [];
  if (occupant !== "") {
    const fix = `stop ${occupant} on ${name}`;
    problems.push(blocker(name, `port ${KUBELET_PORT} is in use by ${occupant}`, fix));
  }
  // Before the endpoint exists, every node uses the first master; later a firewall may allow only the endpoint.
  if (toEndpoint !== "open" && toFirstMaster !== "open") {
    const what = `neither ${cluster.endpoint} nor port ${APISERVER_PORT} of ${first} answers`;
    problems.push(blocker(name, what, `allow ${name} to reach them (a firewall between them?)`));
  }
  if (fromFirstMaster === "silent") {
    const fix = `allow ${first} to reach ${name}:${KUBELET_PORT}: kubectl logs and exec use it`;
    problems.push(blocker(first, `port ${KUBELET_PORT} of ${name} does not answer`, fix));
  }
  return problems;
}
