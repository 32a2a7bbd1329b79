import { isIPv6 } from "../../address.js";
import type { FirewallChange } from "../../changes/firewall.js";
import { haproxyPorts } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import type { FirewalldState } from "../../machine/firewalld.js";
import { vrrpGroup } from "../../machine/vrrp.js";
import { tcp } from "../firewall-lines.js";
import { letsIn, type Check } from "../step.js";
import { vrrpUnicast } from "./unicast.js";

/** Accepts VRRP from any source to any destination: a user's rule, or one from an earlier k8s-ha version. */
const ANY_VRRP = 'rule protocol value="vrrp" accept';

/** Rules for VRRP to its multicast group or from each peer, as firewalld prints them, so that the next run finds them. */
function vrrpRules(inventory: Inventory, name: string): string[] {
  const { address } = inventory.cluster.endpoint;
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  const ways = vrrpUnicast(inventory, name)?.peers.map((peer) => `source address="${peer}"`) ?? [
    `destination address="${vrrpGroup(address)}"`,
  ];
  return ways.map((way) => `rule family="${family}" ${way} protocol value="vrrp" accept`);
}

function missing(name: string, state: FirewalldState, inventory: Inventory) {
  const isOpen = state.richRules.includes(ANY_VRRP);
  return {
    ports: haproxyPorts(inventory)
      .map(tcp)
      .filter((port) => !state.ports.includes(port)),
    richRules: isOpen ? [] : vrrpRules(inventory, name).filter((rule) => !state.richRules.includes(rule)),
  };
}

/** The rules to add to firewalld, where it runs. */
export function firewalldChanges(
  name: string,
  state: FirewalldState | undefined,
  inventory: Inventory,
): FirewallChange[] {
  if (state === undefined) return [];
  const { ports, richRules } = missing(name, state, inventory);
  if (ports.length + richRules.length === 0) return [];
  return [{ kind: "firewall", host: name, zone: state.zone, ports, richRules }];
}

/** Whether firewalld, where it runs, allows all required traffic. */
export function firewalldChecks(
  name: string,
  state: FirewalldState | undefined,
  inventory: Inventory,
): Check[] {
  if (state === undefined) return [];
  const { ports, richRules } = missing(name, state, inventory);
  const wanted = [...haproxyPorts(inventory).map(tcp), ...vrrpRules(inventory, name)];
  return [letsIn(name, `firewalld's zone ${state.zone}`, wanted, [...ports, ...richRules])];
}
