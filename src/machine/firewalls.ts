import { familyOf } from "../address.js";
import { firewalldState, type FirewalldState } from "./firewalld.js";
import type { ReadOnlyHost } from "./host.js";
import { closingChains, type ClosingChain } from "./packet-filter.js";
import { ufwState, type UfwState } from "./ufw.js";

/** The firewalls of a host. Several may be at work at once: a packet has to pass them all. */
export interface Firewalls {
  /** Its zone of the interface on the way to an address. */
  readonly firewalld: FirewalldState | undefined;
  readonly ufw: UfwState | undefined;
  /** Rulesets of somebody's own that turn away what they do not name. */
  readonly foreign: readonly ClosingChain[];
}

/** Looks at the firewalls of a host, in one turn: what they do with packets of an address's family. */
export async function firewallsOf(
  host: ReadOnlyHost,
  address: string,
  networkInterface?: string,
): Promise<Firewalls> {
  const family = familyOf(address) ?? "ipv4";
  const [firewalld, ufw, foreign] = await Promise.all([
    host.ask(firewalldState(address, networkInterface)),
    host.ask(ufwState(family)),
    host.ask(closingChains(family)),
  ]);
  return { firewalld, ufw, foreign };
}
