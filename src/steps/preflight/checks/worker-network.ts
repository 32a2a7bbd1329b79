import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { firstMaster } from "../../../inventory/targets.js";
import { probePort, listeningPorts, type PortAnswer } from "../../../machine/network.js";
import { APISERVER_PORT, KUBELET_PORT } from "../../../ports.js";
import type { Problem } from "../../step.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";
import { joiningWorkers } from "../joining-workers.js";

/** The network of a machine that is to join as a worker. */
interface WorkerNetwork {
  /** The program on the kubelet's port; empty for none, and if an incomplete join is cleared first. */
  readonly occupant: string;
  /** The answers it gets from the endpoint, which may not exist yet, and from the first master. */
  readonly toEndpoint: PortAnswer;
  readonly toFirstMaster: PortAnswer;
  /** The answer that the first master gets from its kubelet's port. */
  readonly fromFirstMaster: PortAnswer;
}

/** The machines that are to join as workers reach an apiserver, and the first master reaches their kubelets. */
export const workerNetwork: PreflightCheck<Answers<WorkerNetwork>> = {
  id: "worker-network",
  probe,
  problems: ({ found, failures }, inventory) => {
    const { name: first } = firstMaster(inventory);
    return [
      ...failures,
      ...[...found].flatMap(([name, network]) =>
        problemsOf(name, network, first, inventory.cluster.endpoint.text),
      ),
    ];
  },
};

async function probe(fleet: ReadOnlyFleet): Promise<Answers<WorkerNetwork>> {
  const workers = await joiningWorkers(fleet);
  const { address, port } = fleet.inventory.cluster.endpoint;
  const first = fleet.firstMaster;
  const hosts = workers.map(({ name }) => fleet.host(name));
  return askEquipped(fleet, hosts, async (host) => {
    const [ports, toEndpoint, toFirstMaster, fromFirstMaster] = await Promise.all([
      host.ask(listeningPorts),
      host.ask(probePort(address, port)),
      host.ask(probePort(first.address, APISERVER_PORT)),
      first.ask(probePort(host.address, KUBELET_PORT)),
    ]);
    const isUntouched = workers.some(({ name, state }) => name === host.name && state === "absent");
    const occupant = isUntouched ? (ports.get(KUBELET_PORT)?.join(", ") ?? "") : "";
    return { occupant, toEndpoint, toFirstMaster, fromFirstMaster };
  });
}

function problemsOf(
  name: string,
  { occupant, toEndpoint, toFirstMaster, fromFirstMaster }: WorkerNetwork,
  first: string,
  to: string,
): Problem[] {
  const problems: Problem[] = [];
  if (occupant !== "") {
    const fix = `stop ${occupant} on ${name}`;
    problems.push(blocker(name, `port ${KUBELET_PORT} is in use by ${occupant}`, fix));
  }
  // Before the endpoint exists, every node uses the first master; later a firewall may allow only the endpoint.
  if (toEndpoint !== "open" && toFirstMaster !== "open") {
    const what = `neither ${to} nor port ${APISERVER_PORT} of ${first} answers`;
    problems.push(
      blocker(
        name,
        what,
        `allow ${name} to reach at least one of them (check the firewalls on them and in the network between them)`,
      ),
    );
  }
  if (fromFirstMaster === "silent") {
    const fix = `allow ${first} to reach ${name}:${KUBELET_PORT}, which kubectl logs and exec need`;
    problems.push(blocker(first, `port ${KUBELET_PORT} of ${name} does not answer`, fix));
  }
  return problems;
}
