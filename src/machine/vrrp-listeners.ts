import { firewallsOf } from "./firewalls.js";
import type { ReadOnlyHost } from "./host.js";

/** The hosts without a firewall: a firewall blocks VRRP until it is opened for it. */
export async function ableToHear(
  hosts: readonly ReadOnlyHost[],
  vip: string,
): Promise<readonly ReadOnlyHost[]> {
  const all = await Promise.all(hosts.map((host) => firewallsOf(host, vip)));
  return hosts.filter((_, i) => {
    const { firewalld, ufw, foreign = [] } = all[i] ?? {};
    return firewalld === undefined && ufw === undefined && foreign.length === 0;
  });
}
