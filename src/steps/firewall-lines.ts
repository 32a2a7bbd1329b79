import type { Family } from "../address.js";
import type { Firewalls } from "../machine/firewalls.js";
import type { ClosingChain } from "../machine/packet-filter.js";

/** The commands by which a person lets TCP ports and VRRP, of a VIP of that family, into a ruleset of their own. */
export function linesByHand(
  { tool, chain }: ClosingChain,
  ports: readonly number[],
  vrrp?: Family,
): readonly string[] {
  if (tool === "nft") {
    return [
      ...(ports.length > 0 ? [`nft insert rule ${chain} tcp dport '{ ${ports.join(", ")} }' accept`] : []),
      ...(vrrp === undefined
        ? []
        : [`nft insert rule ${chain} ${vrrp === "ipv4" ? "ip protocol" : "meta l4proto"} 112 accept`]),
    ];
  }
  return [
    ...(ports.length > 0
      ? [`${tool} -I ${chain} -p tcp -m multiport --dports ${ports.join(",")} -j ACCEPT`]
      : []),
    ...(vrrp === undefined ? [] : [`${tool} -I ${chain} -p 112 -j ACCEPT`]),
  ];
}

/** The commands by which a TCP port is let in through each firewall that is at work on a host; none where there is none. */
export function linesToOpen({ firewalld, ufw, foreign }: Firewalls, port: number): readonly string[] {
  return [
    ...(firewalld === undefined
      ? []
      : ["", " --permanent"].map(
          (when) => `firewall-cmd${when} --zone=${firewalld.zone} --add-port=${port}/tcp`,
        )),
    ...(ufw === undefined ? [] : [`ufw allow ${port}/tcp`]),
    ...foreign.flatMap((chain) => linesByHand(chain, [port])),
  ];
}
