import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { execa } from "execa";
import { hostNamespace, type LabIdentity } from "./identity.js";
import { addressesOf, type Scenario } from "./scenario.js";

/** A host's own number: what its addresses end with. */
const numberOf = (address: string) => Number(/\d+$/.exec(address)?.[0]);

/** The bridge's end of a host's cable. */
export function linkName(address: string): string {
  return isIPv6(address) ? `v6.${numberOf(address)}` : `v${address.split(".").slice(2).join(".")}`;
}

/** The pods' subnet on a host, of its address's family: 10.244.11.0/24, fd00:244:0:11::/64. */
export function podSubnet(address: string): string {
  const number = numberOf(address);
  return isIPv6(address) ? `fd00:244:0:${number}::/64` : `10.244.${number}.0/24`;
}

/** An address in its network; nobody else has it, so that it need not be looked for. */
function inNetwork(address: string, { address: first, prefixLength }: Scenario["operator"], device: string) {
  if (!isIPv6(address)) return `${address}/${prefixLength} dev ${device}`;
  return `${address}/${isIPv6(first) ? prefixLength : 64} dev ${device} nodad`;
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
  const { address = "", second, addresses = [] } = hosts[name] ?? {};
  const mac = `02:88:00:00:00:${numberOf(address).toString(16).padStart(2, "0")}`;
  const others = Object.values(hosts).filter((host) => host.kubernetes && host.address !== address);
  return [
    "link set lo up",
    `link add eth0 address ${mac} type veth peer name ${linkName(address)} netns ${lab.operatorNamespace}`,
    ...addressesOf({ address, second }).map((own) => `addr add ${inNetwork(own, operator, "eth0")}`),
    ...addresses.map((more) => `addr add ${more}/32 dev eth0`),
    "link set eth0 up",
    ...addressesOf(operator).map((gateway) => `route add default via ${gateway}`),
    // Otherwise the kubelet waits 12 s, at each start, for a cloud's metadata service.
    "route add unreachable 169.254.0.0/16",
    ...others.flatMap(addressesOf).map((other) => `route add ${podSubnet(other)} via ${other}`),
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
  await execa("ip", ["netns", "add", lab.operatorNamespace]);
  await execa("ip", ["-n", lab.operatorNamespace, "-batch", "-"], {
    input: [
      "link set lo up",
      "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
      ...addressesOf(scenario.operator).map((own) => `addr add ${inNetwork(own, scenario.operator, "br0")}`),
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
