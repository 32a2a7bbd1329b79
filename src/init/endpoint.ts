import { familyOf, hostPort } from "../address.js";
import { APISERVER_PORT } from "../ports.js";
import type { Choices } from "./choices.js";
import type { Found, FoundEndpoint } from "./found.js";
import type { Draft, Entry } from "./draft.js";

/** haproxy's port on masters: 6443 is possible there too, but then each apiserver restarts (docs/topologies/load-balancers-on-masters.md). */
export const PORT_ON_MASTERS = 8443;

/** The load balancers: as chosen; otherwise one that already serves the cluster's endpoint, or the masters. */
export function loadBalancersOf(
  found: Found,
  { loadBalancers }: Pick<Choices, "loadBalancers">,
): Draft["loadBalancers"] {
  return loadBalancers ?? (isServedByOthers(found) ? "external" : "masters");
}

/** The endpoint of the cluster, unless it is a machine's own name or address: it can stay then. */
function lastingEndpoint({ endpoint, nodes }: Found): FoundEndpoint | undefined {
  const own = nodes.flatMap(({ name, address, secondAddress }) => [name, address, secondAddress]);
  return endpoint === undefined || own.includes(endpoint.host) ? undefined : endpoint;
}

/** The endpoint already leads to something that is no master, such as a load balancer. */
function isServedByOthers(found: Found): boolean {
  const own = found.nodes.map(({ address }) => address);
  const endpoint = lastingEndpoint(found);
  return endpoint !== undefined && endpoint.addresses.some((address) => !own.includes(address));
}

/** Whether the operator has to choose a VIP. */
export function needsVip(found: Found, choices: Choices): boolean {
  if (choices.vip !== undefined) return false;
  const endpoint = lastingEndpoint(found);
  if (endpoint === undefined) return true;
  if (familyOf(endpoint.host) !== undefined) return false;
  return loadBalancersOf(found, choices) !== "external";
}

/** A free address that none of the chosen machines has. */
export function proposedVip(
  found: Found,
  { join, loadBalancers }: Pick<Choices, "join" | "loadBalancers">,
): string | undefined {
  const machines = [...join, ...(loadBalancers === "external" ? [] : (loadBalancers ?? []))];
  return found.free.find((free) =>
    machines.every(({ address, secondAddress }) => ![address, secondAddress].includes(free)),
  );
}

/** `cluster.endpoint` and the keys that depend on it. */
export function endpointEntries(found: Found, choices: Choices, isProposal: boolean): Entry[] {
  const { vip } = choices;
  const loadBalancers = loadBalancersOf(found, choices);
  const lasting = lastingEndpoint(found);
  const usual = loadBalancers === "masters" ? PORT_ON_MASTERS : APISERVER_PORT;
  if (lasting === undefined || (vip !== undefined && familyOf(lasting.host) !== undefined)) {
    const address = vip?.address ?? "";
    const notes = [
      ...formerNote(found),
      ...(isProposal ? [proposalNote(found, address)] : []),
      ...portNote(loadBalancers, vip?.port),
    ];
    return [{ notes, key: "endpoint", value: hostPort(address, vip?.port ?? usual) }];
  }
  const { host, port, addresses, isInHostsFile } = lasting;
  const where = addresses.length === 0 ? "does not resolve" : `leads to ${addresses.join(", ")}`;
  if (familyOf(host) !== undefined) {
    const note = `The cluster's endpoint already is ${hostPort(host, port)}, which is no node's address, so it stays. For another one: --vip.`;
    return [{ notes: [note], key: "endpoint", value: hostPort(host, port) }];
  }
  const stays = `The cluster's endpoint already has a name, so it stays. On ${found.nodes[0].name}, ${host} ${where}.`;
  const endpoint: Entry = { notes: [stays], key: "endpoint", value: hostPort(host, vip?.port ?? port) };
  if (vip === undefined) return [endpoint];
  const moves =
    "The name must lead to the VIP on every machine; docs/topologies/dns-endpoint.md has the order.";
  return [
    endpoint,
    { notes: isProposal ? [proposalNote(found, vip.address)] : [], key: "vip", value: vip.address },
    isInHostsFile
      ? {
          notes: [
            `The name is in /etc/hosts on ${found.nodes[0].name}: k8s-ha writes it there on every machine.`,
          ],
          key: "hostsEntry",
          value: true,
        }
      : {
          notes: [`${moves} Change it in the DNS, or let k8s-ha write it to /etc/hosts:`],
          key: "hostsEntry",
          value: true,
          isOff: true,
        },
  ];
}

function formerNote({ endpoint, nodes }: Found): string[] {
  if (endpoint === undefined) return [];
  const owner = nodes.find(({ name, address }) => [name, address].includes(endpoint.host));
  const whose = owner === undefined ? "" : `, which is ${owner.name} itself`;
  return [
    `The cluster's endpoint is ${hostPort(endpoint.host, endpoint.port)}${whose}; its clients move to this one.`,
  ];
}

function proposalNote({ nodes, network }: Found, address: string): string {
  const [{ name, address: own }] = nodes;
  const where =
    network === undefined
      ? `beside ${own}`
      : `in the network of ${network.interface} (${own}/${network.prefixLength})`;
  return `A PROPOSAL, to be confirmed by whoever runs the network: ${address} is ${where}, no node has it, and nothing answered to ping or ARP from ${name}. Whether a DHCP server may assign it, or a machine that is off has it, cannot be seen from here.`;
}

function portNote(loadBalancers: Draft["loadBalancers"], port: number | undefined): string[] {
  if (loadBalancers !== "masters" || port !== undefined) return [];
  return [
    `Port ${PORT_ON_MASTERS}, because the apiservers use ${APISERVER_PORT} on the load balancers' machines.`,
  ];
}
