import { familyOf, partHostPort } from "../../address.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { nodeAt, type Node } from "../../machine/kubernetes.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { minorOf } from "../cluster.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { settle, type Settled } from "./settle.js";

/** What kubeadm wants to be 1 on a machine that joins an IPv6 address, whatever the network add-on; the last minor that does. */
const WANTED = new Map([
  ["net.ipv6.conf.default.forwarding", Number.POSITIVE_INFINITY],
  // kubernetes#123464
  ["net.bridge.bridge-nf-call-ip6tables", 29],
]);

const switchedOff = query(
  sh`for key in ${[...WANTED.keys()]}; do [ "$(sysctl -n "$key" 2>/dev/null)" = 1 ] || echo "$key"; done`,
  (out) => out.split("\n").filter((key) => key !== ""),
);

/** Which of the kernel's settings are off on each machine that has yet to join; looked at where the endpoint is an IPv6 address. */
export async function joinSettings(
  fleet: ReadOnlyFleet,
  nodes: readonly Node[],
  lacking: readonly string[],
): Promise<Settled<readonly [string, readonly string[]]>> {
  const { host } = partHostPort(fleet.inventory.cluster.endpoint);
  if (familyOf(host) !== "ipv6") return { found: [], failures: [] };
  const waiting = fleet
    .hosts("controlPlane", "workers")
    .filter(({ name, address }) => !lacking.includes(name) && nodeAt(nodes, address) === undefined);
  return settle(waiting.map(async (one) => [one.name, await one.ask(switchedOff)] as const));
}

/** Machines that kubeadm would not join, long after the load balancers were set up. */
export function joinSettingsProblems(
  off: ReadonlyMap<string, readonly string[]>,
  kubernetesVersion: string,
  { cluster }: Pick<Inventory, "cluster">,
): Problem[] {
  return [...off].flatMap(([name, keys]) => {
    const wanted = keys.filter((key) => minorOf(kubernetesVersion) <= (WANTED.get(key) ?? 0));
    return wanted.map((key) =>
      blocker(
        name,
        `${key} is not 1, and kubeadm joins no such machine to ${cluster.endpoint}`,
        `on ${name}: ${key.startsWith("net.bridge") ? "modprobe br_netfilter && " : ""}sysctl -w ${key}=1, and a line in /etc/sysctl.d for the next boot`,
      ),
    );
  });
}
