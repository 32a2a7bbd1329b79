import { firewallsOf, type Firewalls } from "../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { linesToOpen } from "../firewall-lines.js";
import type { MasterState } from "../masters.js";
import type { Problem } from "../step.js";
import { probePorts, type PortProbe } from "./port-probes.js";
import { blocker } from "./machines.js";

/** Who gets through to whom. */
export interface Reachability {
  readonly states: readonly MasterState[];
  readonly knocks: readonly PortProbe[];
  /** The firewalls of the hosts of which a port stays silent. */
  readonly firewalls: ReadonlyMap<string, Firewalls>;
}

/** Has hosts probe the ports that they will need of each other. Hosts that lack tools are skipped. */
export async function reachability(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  configuration: string,
  lacking: readonly string[],
): Promise<Reachability> {
  const knocks = await probePorts(fleet, states, configuration, lacking);
  return { states, knocks, firewalls: await firewallsOfSilent(fleet, states, knocks, lacking) };
}

/** What a person has to open is told in the words of the firewall that is there. */
async function firewallsOfSilent(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  knocks: readonly PortProbe[],
  lacking: readonly string[],
): Promise<Reachability["firewalls"]> {
  const silent = new Set(knocks.filter(({ answer }) => answer === "silent").map(({ to }) => to));
  const found = states
    .filter(({ name }) => silent.has(name) && !lacking.includes(name))
    .map(async ({ name, address }) => [name, await firewallsOf(fleet.host(name), address)] as const);
  return new Map(await Promise.all(found));
}

/** Who does not get through to whom, and what opens the way. */
export function unreachable({ states, knocks, firewalls }: Reachability): Problem[] {
  const waiting = new Set(states.filter(({ state }) => state !== "joined").map(({ name }) => name));
  return knocks
    .filter(({ to, answer }) => answer === "silent" || (!waiting.has(to) && answer !== "open"))
    .map(({ from, to, port, answer }) => {
      const found = answer === "silent" ? firewalls.get(to) : undefined;
      const lines = found === undefined ? [] : linesToOpen(found, port);
      return blocker(
        from,
        `port ${port} of ${to} ${answer === "silent" ? "does not answer" : "is closed"}`,
        lines.length > 0
          ? `open it on ${to}: ${lines.join(" && ")}`
          : `let ${from} reach ${to}:${port} (a firewall between them, or on ${to})`,
      );
    });
}
