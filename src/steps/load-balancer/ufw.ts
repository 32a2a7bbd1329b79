import { isIPv6 } from "../../address.js";
import type { Change } from "../../changes/change.js";
import { haproxyPorts } from "../../inventory/haproxy-ports.js";
import type { Inventory } from "../../inventory/schema.js";
import type { UfwState } from "../../machine/ufw.js";
import { tcp } from "../firewall-lines.js";
import { letsIn, type Check, type Problem } from "../step.js";

function isForIPv6(inventory: Inventory): boolean {
  return isIPv6(inventory.cluster.endpoint.address);
}

function closedPorts(state: UfwState, inventory: Inventory): string[] {
  return haproxyPorts(inventory)
    .map(tcp)
    .filter((port) => !state.ports.includes(port));
}

/** The rules to add to ufw, or the change that disables it, where it is active. */
export function ufwChanges(name: string, state: UfwState | undefined, inventory: Inventory): Change[] {
  if (state === undefined) return [];
  if (inventory.loadBalancer.ufw === "disable") return [{ kind: "ufw-off", host: name }];
  const ports = closedPorts(state, inventory);
  if (!state.live || (ports.length === 0 && state.vrrp)) return [];
  return [
    { kind: "ufw", host: name, ports, vrrp: !state.vrrp, ...(isForIPv6(inventory) && { family: "ipv6" }) },
  ];
}

/** Blocks if ufw takes effect only at the next boot: it would then block VRRP, after everything was verified. */
export function ufwProblems(name: string, state: UfwState | undefined, inventory: Inventory): Problem[] {
  if (state === undefined || state.live || inventory.loadBalancer.ufw === "disable") return [];
  return [
    {
      severity: "blocker",
      host: name,
      what: "ufw is enabled, but its rules take effect only at the next boot",
      fix: isForIPv6(inventory)
        ? `on ${name}: set IPV6=yes in /etc/default/ufw, then ufw reload; or ufw disable`
        : `on ${name}: ufw reload; or ufw disable`,
    },
  ];
}

/** Whether ufw, where it is active, allows all required traffic. */
export function ufwChecks(name: string, state: UfwState | undefined, inventory: Inventory): Check[] {
  if (state === undefined) return [];
  const wanted = [...haproxyPorts(inventory).map(tcp), "VRRP"];
  return [letsIn(name, "ufw", wanted, [...closedPorts(state, inventory), ...(state.vrrp ? [] : ["VRRP"])])];
}
