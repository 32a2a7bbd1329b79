import { clusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { firewallsOf, type Firewalls } from "../../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { linesToOpen } from "../../firewall-lines.js";
import type { Problem } from "../../step.js";
import { equipped } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";
import { probePorts, type PortProbe } from "../port-probes.js";

interface Found {
  /** The masters that have yet to join. */
  readonly joining: readonly string[];
  readonly probes: readonly PortProbe[];
  /** The firewalls of the masters that have a port without an answer, or with a rejected connection. */
  readonly firewalls: ReadonlyMap<string, Firewalls>;
}

/** Hosts reach the ports that they will need on each other. */
export const reachability: PreflightCheck<Found> = {
  id: "reachability",
  // They require ports to be free on which this check listens.
  after: ["kubeadm-preflight", "ports"],
  probe,
  problems: (found) => {
    const isUnknown = ({ to, answer }: PortProbe) => answer === "refused" && found.joining.includes(to);
    return [
      ...found.probes
        .filter((one) => one.answer !== "open" && !isUnknown(one))
        .map((one) => unreachable(one, found.firewalls.get(one.to))),
      ...unverified(found.probes.filter(isUnknown)),
    ];
  },
};

const WHAT = {
  silent: "does not answer",
  refused: "is closed",
  rejected: "refuses connections, although a program listens there",
};

function unreachable({ from, to, port, answer }: PortProbe, firewalls: Firewalls | undefined): Problem {
  const lines = firewalls === undefined || answer === "refused" ? [] : linesToOpen(firewalls, port);
  const fix =
    lines.length > 0
      ? `open it on ${to}: ${lines.join(" && ")}`
      : `allow ${from} to reach ${to}:${port} (check the firewalls on ${to} and in the network between them)`;
  return blocker(
    from,
    `port ${port} of ${to} ${answer === "open" ? "is open" : WHAT[answer]}`,
    answer === "rejected" ? `${fix}; a REJECT rule for ${from} answers in this way` : fix,
  );
}

/** One warning for each host: without a listener, a rejected connection looks like a port that is not used yet. */
function unverified(probes: readonly PortProbe[]): Problem[] {
  return [...new Set(probes.map(({ to }) => to))].map((host) => {
    const own = probes.filter(({ to }) => to === host);
    const list = [...new Set(own.map(({ port }) => port))].sort((a, b) => a - b).join(", ");
    return {
      severity: "warning",
      host,
      what: `no listener could be started on ports ${list}, so a firewall that rejects connections to them would not be found`,
      fix: `make sure that the other machines can reach these ports of ${host}: a join fails without them`,
    };
  });
}

async function probe(fleet: ReadOnlyFleet): Promise<Found> {
  const [configuration, states, able] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    equipped(fleet, fleet.hosts()),
  ]);
  const probes = await probePorts(fleet, states, configuration, able);
  const blocked = new Set(
    probes.filter(({ answer }) => answer === "silent" || answer === "rejected").map(({ to }) => to),
  );
  const masters = new Set(states.map(({ name }) => name));
  // The fix lists the commands of the firewall that is in use on the host.
  const firewalls = able
    .filter(({ name }) => blocked.has(name) && masters.has(name))
    .map(async (host) => [host.name, await firewallsOf(host, host.address)] as const);
  return {
    joining: pending(states).map(({ name }) => name),
    probes,
    firewalls: new Map(await Promise.all(firewalls)),
  };
}
