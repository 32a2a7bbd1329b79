import type { Family } from "../address.js";
import type { Firewalls } from "../machine/firewalls.js";
import type { ClosingChain } from "../machine/packet-filter.js";

/** A port in firewall notation, such as `6443/tcp`. */
export function tcp(port: number): string {
  return `${port}/tcp`;
}

/** The commands that allow TCP ports, and VRRP for a VIP of that family, in a ruleset that k8s-ha does not manage. */
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

/** The commands that allow a TCP port in each active firewall of a host; empty without a firewall. */
export function linesToOpen({ firewalld, ufw, foreign }: Firewalls, port: number): readonly string[] {
  return [
    ...(firewalld === undefined
      ? []
      : ["", " --permanent"].map(
          (when) => `firewall-cmd${when} --zone=${firewalld.zone} --add-port=${tcp(port)}`,
        )),
    ...(ufw === undefined ? [] : [`ufw allow ${tcp(port)}`]),
    ...foreign.flatMap((chain) => linesByHand(chain, [port])),
  ];
}
