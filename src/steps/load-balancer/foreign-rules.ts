import { familyOf } from "../../address.js";
import { haproxyPorts } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import { letsPortIn, letsVrrpIn, type ClosingChain } from "../../machine/packet-filter.js";
import { linesByHand, tcp } from "../firewall-lines.js";
import { letsIn, type Check, type Problem } from "../step.js";

function lacking(chain: ClosingChain, inventory: Inventory) {
  const ports = haproxyPorts(inventory).filter((port) => !letsPortIn(chain, port));
  const family = familyOf(inventory.cluster.endpoint.address) ?? "ipv4";
  const vrrp = letsVrrpIn(chain, family) ? undefined : family;
  return { ports, vrrp, all: [...ports.map(tcp), ...(vrrp === undefined ? [] : ["VRRP"])] };
}

/** Blocks on third-party rulesets that drop required traffic: k8s-ha does not edit them. */
export function foreignProblems(
  name: string,
  chains: readonly ClosingChain[],
  inventory: Inventory,
): Problem[] {
  return chains.flatMap((chain) => {
    const { ports, vrrp, all } = lacking(chain, inventory);
    if (all.length === 0) return [];
    const heading = `add these rules on ${name}, and to the configuration that restores its rules at boot:`;
    return [
      {
        severity: "blocker",
        host: name,
        what: `the ${inWords(chain)} is not managed by k8s-ha and blocks ${all.join(", ")}`,
        fix: [heading, ...linesByHand(chain, ports, vrrp)].join("\n      "),
      },
    ];
  });
}

/** Whether third-party rulesets allow all required traffic. */
export function foreignChecks(name: string, chains: readonly ClosingChain[], inventory: Inventory): Check[] {
  const wanted = [...haproxyPorts(inventory).map(tcp), "VRRP"];
  return chains.map((chain) => letsIn(name, `the ${inWords(chain)}`, wanted, lacking(chain, inventory).all));
}

function inWords({ tool, chain }: ClosingChain): string {
  return `${tool === "nft" ? "nftables" : tool} chain ${chain}`;
}
