import { clusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { firewallsOf, type Firewalls } from "../../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { linesToOpen } from "../../firewall-lines.js";
import { equipped } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";
import { probePorts, type PortProbe } from "../port-probes.js";

interface Found {
  /** The masters that have yet to join. */
  readonly joining: readonly string[];
  readonly probes: readonly PortProbe[];
  /** The firewalls of the masters that have a port without an answer. */
  readonly firewalls: ReadonlyMap<string, Firewalls>;
}

/** Hosts reach the ports that they will need on each other. */
export const reachability: PreflightCheck<Found> = {
  id: "reachability",
  probe,
  problems: ({ joining, probes, firewalls }) =>
    probes
      .filter(({ to, answer }) => answer === "silent" || (!joining.includes(to) && answer !== "open"))
      .map(({ from, to, port, answer }) => {
        const found = answer === "silent" ? firewalls.get(to) : undefined;
        const lines = found === undefined ? [] : linesToOpen(found, port);
        return blocker(
          from,
          `port ${port} of ${to} ${answer === "silent" ? "does not answer" : "is closed"}`,
          lines.length > 0
            ? `open it on ${to}: ${lines.join(" && ")}`
            : `allow ${from} to reach ${to}:${port} (check the firewalls on ${to} and in the network between them)`,
        );
      }),
};

async function probe(fleet: ReadOnlyFleet): Promise<Found> {
  const [configuration, states, able] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    equipped(fleet, fleet.hosts()),
  ]);
  const probes = await probePorts(fleet, states, configuration, able);
  const silent = new Set(probes.filter(({ answer }) => answer === "silent").map(({ to }) => to));
  const masters = new Set(states.map(({ name }) => name));
  // The fix lists the commands of the firewall that is in use on the host.
  const firewalls = able
    .filter(({ name }) => silent.has(name) && masters.has(name))
    .map(async (host) => [host.name, await firewallsOf(host, host.address)] as const);
  return {
    joining: pending(states).map(({ name }) => name),
    probes,
    firewalls: new Map(await Promise.all(firewalls)),
  };
}
