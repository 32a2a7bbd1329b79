import type { Choices } from "./choices.js";
import type { Draft, DraftMachine, DraftSsh } from "./draft.js";
import { endpointEntries, loadBalancersOf } from "./endpoint.js";
import { addOnEntries, etcdEntries, kubeadmEntries, routerIdEntries } from "./entries.js";
import type { Found, FoundNode } from "./found.js";

/** The inventory for what was found and chosen, with comments on what could not be found out. */
export function propose(
  found: Found,
  choices: Choices,
  { isProposal, masterSsh }: { readonly isProposal: boolean; readonly masterSsh?: DraftSsh },
): Draft {
  const masters = found.nodes.filter(({ isMaster }) => isMaster);
  const workers = found.nodes.filter(({ isMaster }) => !isMaster);
  const loadBalancers = loadBalancersOf(found, choices);
  return {
    head: [
      `Inventory for k8s-ha, written by \`k8s-ha init --from ${found.from}\`: Kubernetes ${found.kubernetesVersion}, ${counted(masters.length, "master")}, ${counted(workers.length, "worker")}. Next:`,
      "    k8s-ha plan -i inventory.yaml",
      "All other keys have their defaults; docs/inventory.md explains them.",
    ],
    cluster: [...endpointEntries(found, choices, isProposal), ...etcdEntries(found), ...addOnEntries(found)],
    masters: [
      ...masters.map((node, index) => machineOf(node, index === 0 ? masterSsh : undefined)),
      ...choices.join.map((machine) => noted(machine, ["Becomes a master."])),
    ],
    mastersNotes: mastersNotes(masters.length + choices.join.length, masterSsh),
    loadBalancers,
    loadBalancersNotes: loadBalancersNotes(loadBalancers, choices, masters.length + choices.join.length),
    loadBalancer: routerIdEntries(found),
    workers: workers.map((node) => machineOf(node, undefined)),
    workersNotes: found.withoutAddress.map(
      (name) =>
        `The node ${name} has no InternalIP in the masters' IP family, and is missing here. Where its address is from: kubectl get node ${name} -o jsonpath='{.status.addresses}'`,
    ),
    kubeadm: kubeadmEntries(found),
    ssh: choices.ssh,
  };
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function noted(machine: DraftMachine, notes: readonly string[]): DraftMachine {
  return { ...machine, notes: [...notes, ...machine.notes] };
}

function machineOf({ name, address, secondAddress }: FoundNode, ssh: DraftSsh | undefined): DraftMachine {
  return {
    notes: [],
    name,
    address,
    ...(secondAddress !== undefined && { secondAddress }),
    ...(ssh !== undefined && { ssh }),
  };
}

function mastersNotes(count: number, ssh: DraftSsh | undefined): string[] {
  const first = "The running master is the first one.";
  const few =
    count === 1
      ? [
          "With a single master, the cluster gets an endpoint, and still fails with it. For three masters, add two fresh machines here (`--join`), each with name and address.",
        ]
      : [];
  const logins =
    ssh?.address === undefined
      ? []
      : ["A machine that you reach at another address than the one that nodes use needs it as ssh.address."];
  return [first, ...few, ...logins];
}

function loadBalancersNotes(
  loadBalancers: Draft["loadBalancers"],
  { loadBalancers: chosen }: Choices,
  masters: number,
): string[] {
  if (loadBalancers === "external") {
    const why =
      chosen === undefined
        ? "The endpoint does not lead to a master, so a load balancer seems to exist already. "
        : "";
    return [
      `${why}It is not managed by k8s-ha, and must forward TCP to the apiservers of all ready masters; docs/topologies/external-load-balancer.md has its requirements.`,
    ];
  }
  if (loadBalancers === "masters") {
    const alone = masters === 1 ? " With a single master, the VIP cannot move to another machine." : "";
    return [
      `haproxy and keepalived run on the masters, because no machines were named for them (\`--lb\`).${alone} For dedicated machines, list two here with name and address; for a load balancer that exists, \`--lb external\`.`,
    ];
  }
  return loadBalancers.length === 1 ? ["With one load balancer, nothing takes over if it fails."] : [];
}
