import { firewallsOf, type Firewalls } from "../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { linesToOpen } from "../firewall-lines.js";
import type { MasterState } from "../../cluster/masters.js";
import type { Problem } from "../step.js";
import { probePorts, type PortProbe } from "./port-probes.js";
import { blocker } from "./machines.js";

/** Which hosts can reach which ports. */
export interface Reachability {
  readonly states: readonly MasterState[];
  readonly knocks: readonly PortProbe[];
  /** The firewalls of the hosts that have a port without an answer. */
  readonly firewalls: ReadonlyMap<string, Firewalls>;
}

/** Has hosts probe the ports that they will need on each other. Skips hosts that lack tools. */
export async function reachability(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  configuration: string,
  lacking: readonly string[],
): Promise<Reachability> {
  const knocks = await probePorts(fleet, states, configuration, lacking);
  return { states, knocks, firewalls: await firewallsOfSilent(fleet, states, knocks, lacking) };
}

/** The fix lists the commands of the firewall that is in use on the host. */
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

/** Blockers for ports that cannot be reached, with the commands that open them. */
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
          : `allow ${from} to reach ${to}:${port} (a firewall between them, or on ${to})`,
      );
    });
}
