import { familyOf } from "../../address.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { letsPortIn, letsVrrpIn, type ClosingChain } from "../../machine/packet-filter.js";
import { linesByHand } from "../firewall-lines.js";
import { letsIn, type Check, type Problem } from "../step.js";
import { haproxyPorts, tcp } from "./ports.js";

function lacking(chain: ClosingChain, inventory: Inventory) {
  const ports = haproxyPorts(inventory).filter((port) => !letsPortIn(chain, port));
  const family = familyOf(endpoint(inventory).address) ?? "ipv4";
  const vrrp = letsVrrpIn(chain, family) ? undefined : family;
  return { ports, vrrp, all: [...ports.map(tcp), ...(vrrp === undefined ? [] : ["VRRP"])] };
}

/** In a ruleset that is somebody's own nothing is guessed: that person adds what is missing. */
export function foreignProblems(
  name: string,
  chains: readonly ClosingChain[],
  inventory: Inventory,
): Problem[] {
  return chains.flatMap((chain) => {
    const { ports, vrrp, all } = lacking(chain, inventory);
    if (all.length === 0) return [];
    const say = `add this on ${name}, and to what brings the rules back with the next boot:`;
    return [
      {
        severity: "blocker",
        host: name,
        what: `the ${inWords(chain)} is somebody's own, and keeps out ${all.join(", ")}`,
        fix: [say, ...linesByHand(chain, ports, vrrp)].join("\n      "),
      },
    ];
  });
}

/** Whether the rulesets of somebody's own let everything in that is needed. */
export function foreignChecks(name: string, chains: readonly ClosingChain[], inventory: Inventory): Check[] {
  const wanted = [...haproxyPorts(inventory).map(tcp), "VRRP"];
  return chains.map((chain) => letsIn(name, `the ${inWords(chain)}`, wanted, lacking(chain, inventory).all));
}

function inWords({ tool, chain }: ClosingChain): string {
  return `${tool === "nft" ? "nftables" : tool} chain ${chain}`;
}
