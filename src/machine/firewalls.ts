import { familyOf } from "../address.js";
import { firewalldState, type FirewalldState } from "./firewalld.js";
import type { ReadOnlyHost } from "./host.js";
import { closingChains, type ClosingChain } from "./packet-filter.js";
import { ufwState, type UfwState } from "./ufw.js";

/** The firewalls of a host. Several may be active: a packet must pass all of them. */
export interface Firewalls {
  /** The zone of the interface towards an address. */
  readonly firewalld: FirewalldState | undefined;
  readonly ufw: UfwState | undefined;
  /** Rulesets not managed by k8s-ha, firewalld or ufw that drop by default. */
  readonly foreign: readonly ClosingChain[];
}

/** The firewalls of a host, for packets of an address's family; all queries are batched. */
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
