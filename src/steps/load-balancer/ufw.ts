import { isIPv6 } from "../../address.js";
import type { Change } from "../../changes/change.js";
import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import type { UfwState } from "../../machine/ufw.js";
import { letsIn, type Check, type Problem } from "../step.js";
import { haproxyPorts, tcp } from "./ports.js";

function isForIPv6(inventory: Inventory): boolean {
  return isIPv6(endpoint(inventory).address);
}

function closedPorts(state: UfwState, inventory: Inventory): string[] {
  return haproxyPorts(inventory)
    .map(tcp)
    .filter((port) => !state.ports.includes(port));
}

/** What ufw must be told, or that it is to be switched off, where it is at work. */
export function ufwChanges(name: string, state: UfwState | undefined, inventory: Inventory): Change[] {
  if (state === undefined) return [];
  if (inventory.loadBalancer.ufw === "disable") return [{ kind: "ufw-off", host: name }];
  const ports = closedPorts(state, inventory);
  if (!state.live || (ports.length === 0 && state.vrrp)) return [];
  return [
    { kind: "ufw", host: name, ports, vrrp: !state.vrrp, ...(isForIPv6(inventory) && { family: "ipv6" }) },
  ];
}

/** A ufw that begins with the next boot would part the load balancers then, long after everything was proved. */
export function ufwProblems(name: string, state: UfwState | undefined, inventory: Inventory): Problem[] {
  if (state === undefined || state.live || inventory.loadBalancer.ufw === "disable") return [];
  return [
    {
      severity: "blocker",
      host: name,
      what: "ufw is switched on, and its rules are not at work before the next boot",
      fix: isForIPv6(inventory)
        ? `on ${name}: let /etc/default/ufw say IPV6=yes, then ufw reload; or ufw disable`
        : `on ${name}: ufw reload; or ufw disable`,
    },
  ];
}

/** Whether ufw, where it is at work, lets everything in that is needed. */
export function ufwChecks(name: string, state: UfwState | undefined, inventory: Inventory): Check[] {
  if (state === undefined) return [];
  const wanted = [...haproxyPorts(inventory).map(tcp), "VRRP"];
  return [letsIn(name, "ufw", wanted, [...closedPorts(state, inventory), ...(state.vrrp ? [] : ["VRRP"])])];
}
