import { existsSync } from "node:fs";
import { execa } from "execa";
import { hostNamespace, type LabIdentity } from "./identity.js";
import type { Scenario } from "./scenario.js";

const lastOctet = (address: string) => Number(address.split(".")[3]);

/** The bridge's end of a host's cable. */
export function linkName(address: string): string {
  return `v${address.split(".").slice(2).join(".")}`;
}

/** The pods' subnet on a host: 10.244.<its last octet>.0/24. */
export function podSubnet(address: string): string {
  return `10.244.${lastOctet(address)}.0/24`;
}

/** The ways to the networks behind other hosts. */
function routes({ routes: all = {}, hosts }: Scenario, self?: string): string[] {
  return Object.entries(all)
    .filter(([, name]) => name !== self)
    .map(([network, name]) => `route add ${network} via ${hosts[name]?.address ?? ""}`);
}

/** Commands for `ip -batch` in a host's namespace, which hold until its next boot. */
export function hostNetwork(lab: LabIdentity, scenario: Scenario, name: string): string {
  const { operator, hosts } = scenario;
  const { address = "", addresses = [] } = hosts[name] ?? {};
  const mac = `02:88:00:00:00:${lastOctet(address).toString(16).padStart(2, "0")}`;
  const others = Object.values(hosts).filter((host) => host.kubernetes && host.address !== address);
  return [
    "link set lo up",
    `link add eth0 address ${mac} type veth peer name ${linkName(address)} netns ${lab.operatorNamespace}`,
    `addr add ${address}/${operator.prefixLength} dev eth0`,
    ...addresses.map((more) => `addr add ${more}/32 dev eth0`),
    "link set eth0 up",
    `route add default via ${operator.address}`,
    // Otherwise the kubelet waits 12 s, at each start, for a cloud's metadata service.
    "route add unreachable 169.254.0.0/16",
    ...others.map((host) => `route add ${podSubnet(host.address)} via ${host.address}`),
    ...routes(scenario, name),
    "",
  ].join("\n");
}

/** Commands for `ip -batch` in the operator's namespace, which plug a host's cable in. */
export function operatorEnd(address: string): string {
  return `link set ${linkName(address)} master br0 up\n`;
}

/** Whether the operator's namespace is there. */
export function operatorNetworkExists(lab: LabIdentity): boolean {
  return existsSync(`/run/netns/${lab.operatorNamespace}`);
}

/** Makes the operator's namespace: a bridge that every host hangs on, and no way out. */
export async function makeOperatorNetwork(lab: LabIdentity, scenario: Scenario): Promise<void> {
  const { address, prefixLength } = scenario.operator;
  await execa("ip", ["netns", "add", lab.operatorNamespace]);
  await execa("ip", ["-n", lab.operatorNamespace, "-batch", "-"], {
    input: [
      "link set lo up",
      "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
      `addr add ${address}/${prefixLength} dev br0`,
      "link set br0 up",
      ...routes(scenario),
      "",
    ].join("\n"),
  });
  // Frames between hosts are nobody's to filter here, whatever the machine's netfilter says.
  const keys = ["iptables", "ip6tables", "arptables"].map((table) => `net.bridge.bridge-nf-call-${table}=0`);
  await execa("nsenter", [`--net=/run/netns/${lab.operatorNamespace}`, "sysctl", "-qew", ...keys], {
    reject: false,
  });
}

/** Removes one namespace, if it is there. */
async function removeNamespace(name: string): Promise<void> {
  if (existsSync(`/run/netns/${name}`)) await execa("ip", ["netns", "del", name]);
}

/** Removes a host's namespace, and its cable with it. */
export async function removeHostNetwork(lab: LabIdentity, name: string): Promise<void> {
  await removeNamespace(hostNamespace(lab, name));
}

/** Removes the operator's namespace. */
export async function removeOperatorNetwork(lab: LabIdentity): Promise<void> {
  await removeNamespace(lab.operatorNamespace);
}

/** Pulls a host's cable, or plugs it in again. */
export async function setLink(lab: LabIdentity, address: string, state: "up" | "down"): Promise<void> {
  await execa("ip", ["-n", lab.operatorNamespace, "link", "set", linkName(address), state]);
}
