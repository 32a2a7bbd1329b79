import { canonical, familyOf, hostPort } from "../../address.js";
import { APISERVER_PORT } from "../../ports.js";
import type { DraftMachine, DraftSsh } from "../draft.js";
import { hostsOf, variablesOf, type Groups, type Variables } from "./ansible-groups.js";
import type { Listed } from "./machines.js";

/** The names of groups, in the order in which they are tried; kubespray's first, enix's kube_nodes, then older ones. */
const MASTERS = [
  "kube_control_plane",
  "kube-control-plane",
  "kube_master",
  "kube-master",
  "kube_masters",
  "control_plane",
  "control-plane",
  "controlplane",
  "masters",
  "master",
];
const WORKERS = [
  "kube_node",
  "kube-node",
  "kube_nodes",
  "kube-nodes",
  "kube_workers",
  "kube-workers",
  "workers",
  "worker",
  "nodes",
  "node",
];
const BALANCERS = ["load_balancers", "loadbalancers", "load_balancer", "loadbalancer", "haproxy", "lb"];

/** Resolves a name on this machine; `undefined` if it does not resolve. */
export type Resolve = (name: string) => Promise<string | undefined>;

/** Machines without an address, by name. */
export interface Unknown {
  readonly unknown: readonly string[];
}

/** Reads the machines of an Ansible inventory's groups; or the hosts whose addresses are unknown. */
export async function fromAnsible(groups: Groups, resolve: Resolve): Promise<Listed | Unknown> {
  const masters = firstGroup(groups, MASTERS);
  // kubespray lists masters that run pods too in both groups.
  const workers = firstGroup(groups, WORKERS).filter((name) => !masters.includes(name));
  const balancers = firstGroup(groups, BALANCERS).filter((name) => ![...masters, ...workers].includes(name));
  const all = [...masters, ...workers, ...balancers];
  const variables = new Map(all.map((name) => [name, variablesOf(groups, name)]));
  const addresses = new Map(
    await Promise.all(
      all.map(async (name) => [name, await addressOf(name, variables.get(name) ?? {}, resolve)] as const),
    ),
  );
  const unknown = all.filter((name) => addresses.get(name) === undefined);
  if (unknown.length > 0) return { unknown };
  const logins = new Map(all.map((name) => [name, loginOf(variables.get(name) ?? {})]));
  const ssh = shared([...logins.values()]);
  const machines = (names: readonly string[]): DraftMachine[] =>
    names.map((name) =>
      machineOf(
        name,
        addresses.get(name) ?? "",
        variables.get(name) ?? {},
        differing(logins.get(name) ?? {}, ssh),
      ),
    );
  const etcd = hostsOf(groups, "etcd").filter((name) => !masters.includes(name));
  const endpoint = endpointOf(groups, masters);
  return {
    format: "an Ansible inventory",
    masters: machines(masters),
    workers: machines(workers),
    loadBalancers: machines(balancers),
    ...(endpoint !== undefined && { endpoint }),
    ssh,
    notes:
      etcd.length === 0
        ? []
        : [
            `The group etcd has machines that are no masters: ${etcd.join(", ")}. An external etcd stays as it is, and is not in this file.`,
          ],
  };
}

function firstGroup(groups: Groups, names: readonly string[]): string[] {
  for (const name of names) {
    const hosts = hostsOf(groups, name);
    if (hosts.length > 0) return hosts;
  }
  return [];
}

function text(variables: Variables, ...keys: readonly string[]): string | undefined {
  const value = keys
    .map((key) => variables[key])
    .find((one) => one !== undefined && one !== null && one !== "");
  const plain = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  // A template is only known to Ansible.
  return plain?.includes("{{") === true ? undefined : plain;
}

const loginHost = (variables: Variables): string | undefined =>
  text(variables, "ansible_host", "ansible_ssh_host");

/** kubespray's `ip` is the address that the node uses; `ansible_host` may be one for logins only. */
async function addressOf(name: string, variables: Variables, resolve: Resolve): Promise<string | undefined> {
  const known = [text(variables, "ip"), text(variables, "access_ip"), loginHost(variables), name].find(
    (one) => one !== undefined && familyOf(one) !== undefined,
  );
  return canonical(known ?? (await resolve(loginHost(variables) ?? name)) ?? "") || undefined;
}

function loginOf(variables: Variables): DraftSsh {
  const user = text(variables, "ansible_user", "ansible_ssh_user");
  const port = Number(text(variables, "ansible_port", "ansible_ssh_port"));
  const key = text(variables, "ansible_ssh_private_key_file", "ansible_private_key_file");
  return {
    ...(port > 0 && port !== 22 && { port }),
    ...(user !== undefined && { user }),
    ...(key !== undefined && { identityFiles: [key] }),
  };
}

/** The settings that all machines have. */
function shared([first = {}, ...others]: readonly DraftSsh[]): DraftSsh {
  return Object.fromEntries(
    Object.entries(first).filter(([key, value]) =>
      others.every((one) => isSame(one[key as keyof DraftSsh], value)),
    ),
  );
}

function differing(own: DraftSsh, common: DraftSsh): DraftSsh {
  return Object.fromEntries(
    Object.entries(own).filter(([key, value]) => !isSame(common[key as keyof DraftSsh], value)),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function machineOf(name: string, address: string, variables: Variables, own: DraftSsh): DraftMachine {
  const login = loginHost(variables);
  const ssh = { ...(login !== undefined && canonical(login) !== address && { address: login }), ...own };
  const second = text(variables, "ip6");
  return {
    ...named(name),
    address,
    ...(second !== undefined && second !== address && { secondAddress: second }),
    ...(Object.keys(ssh).length > 0 && { ssh }),
  };
}

/** The name of a node in Kubernetes, which is in lower case; the file may have only its address. */
function named(name: string): Pick<DraftMachine, "name" | "notes"> {
  if (familyOf(name) === undefined) return { notes: [], name: name.toLowerCase() };
  const note = `The name of ${name} is not known: \`hostname\` shows it there, and \`kubectl get nodes -o wide\` that of a node.`;
  return { notes: [note], name: `node-${canonical(name).replaceAll(/[.:]+/g, "-")}` };
}

/** kubespray's `loadbalancer_apiserver`, if it is in the inventory itself. */
function endpointOf(groups: Groups, masters: readonly string[]): string | undefined {
  const { loadbalancer_apiserver: balancer } = variablesOf(groups, masters[0] ?? "");
  if (typeof balancer !== "object" || balancer === null) return undefined;
  const { address, port = APISERVER_PORT } = balancer as { address?: unknown; port?: unknown };
  return typeof address === "string" && familyOf(address) !== undefined
    ? hostPort(canonical(address), String(port))
    : undefined;
}
