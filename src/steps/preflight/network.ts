import type { Inventory } from "../../inventory/schema.js";
import { endpoint, isNode } from "../../inventory/targets.js";
import { firewallsOf } from "../../machine/firewalls.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { portsOfOtherPods } from "../../machine/load-balancer-pods.js";
import { addresses, listeningPorts } from "../../machine/network.js";
import { heardRouters, type VrrpRouter } from "../../machine/vrrp.js";
import { remoteAttempt } from "../../machine/query.js";
import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../../ports.js";
import { sh } from "../../shell/shell.js";
import { clusterConfiguration } from "../../cluster/kubeadm-config.js";
import { etcdLayout, type EtcdLayout } from "../../cluster/etcd-layout.js";
import { haproxyPorts, sharesApiserverPort } from "../../inventory/haproxy-ports.js";
import { masterStates } from "../../cluster/masters.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { announcesVip } from "../../cluster/our-router.js";
import { reachability, unreachable, type Reachability } from "./reachability.js";
import { settle } from "./settle.js";

/** The ports that must be free for kubeadm join, besides etcd's if etcd is not external. */
const MASTER_PORTS = [APISERVER_PORT, KUBELET_PORT, 10_257, 10_259];

/** The current state of the network. */
export interface NetworkFacts extends Reachability {
  readonly etcd: EtcdLayout;
  /** Whether one of the load balancers holds the VIP, or announces it by k8s-ha's keepalived.conf. */
  readonly vipIsOurs: boolean;
  /** Whether a load balancer got an answer from the VIP although no load balancer holds it. */
  readonly vipAnswers: boolean;
  /** `undefined` if no host could listen. */
  readonly routers: readonly VrrpRouter[] | undefined;
  /** All addresses of the load balancers. */
  readonly ownAddresses: readonly string[];
  /** Host → port → the programs that listen there. */
  readonly listening: ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>;
  /** Load balancer → the ports that haproxy in a pod not managed by k8s-ha uses there. */
  readonly otherPods: ReadonlyMap<string, readonly number[]>;
  /** The failed probes of single hosts. */
  readonly failures: readonly Problem[];
}

/** Checks ports and the VIP, and listens for VRRP if it will be used and is not yet. Skips hosts that lack tools. */
export async function networkFacts(fleet: ReadOnlyFleet, lacking: readonly string[]): Promise<NetworkFacts> {
  const vip = endpoint(fleet.inventory).address;
  const { vrrp } = fleet.inventory.loadBalancer;
  const able = (host: ReadOnlyHost): boolean => !lacking.includes(host.name);
  const balancers = fleet.hosts("loadBalancers").filter(able);
  const ports = async (host: ReadOnlyHost) => [host.name, await host.ask(listeningPorts)] as const;
  const portsAndPods = async (host: ReadOnlyHost) =>
    Promise.all([
      ports(host),
      isNode(fleet.inventory, host.name) ? host.ask(portsOfOtherPods("haproxy")) : [],
    ]);
  const [configuration, states, onBalancers, ownAddresses, speaking] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    settle(balancers.map(portsAndPods)),
    Promise.all(balancers.map(async (host) => (await host.ask(addresses)).map((a) => a.address))),
    Promise.all(balancers.map((host) => announcesVip(host, fleet.inventory))),
  ]);
  const vipIsOurs = ownAddresses.flat().includes(vip) || speaking.includes(true);
  const isExternal = fleet.inventory.loadBalancers.length === 0;
  // Unicast VRRP cannot conflict with the id of another router.
  const isAlone = isExternal || vrrp === "unicast";
  const waiting = states.filter(({ state }) => state === "absent").map(({ name }) => fleet.host(name));
  const [onMasters, reachable, vipAnswers, routers] = await Promise.all([
    settle(waiting.filter(able).map(ports)),
    reachability(fleet, states, configuration, lacking),
    vipIsOurs ? false : anyAnswer(balancers, vip),
    vipIsOurs || isAlone
      ? []
      : heardRouters(await ableToHear([...balancers, fleet.firstMaster].filter(able), vip), vip),
  ]);
  return {
    ...reachable,
    etcd: etcdLayout(configuration, fleet.inventory),
    vipIsOurs,
    vipAnswers,
    routers,
    ownAddresses: ownAddresses.flat(),
    listening: new Map([...onMasters.found, ...onBalancers.found.map(([found]) => found)]),
    otherPods: new Map(onBalancers.found.map(([[name], found]) => [name, found])),
    failures: [...onMasters.failures, ...onBalancers.failures],
  };
}

/** The hosts without a firewall: a firewall blocks VRRP until it is opened for it. */
async function ableToHear(hosts: readonly ReadOnlyHost[], vip: string): Promise<readonly ReadOnlyHost[]> {
  const all = await Promise.all(hosts.map((host) => firewallsOf(host, vip)));
  return hosts.filter((_, i) => {
    const { firewalld, ufw, foreign = [] } = all[i] ?? {};
    return firewalld === undefined && ufw === undefined && foreign.length === 0;
  });
}

/** Whether an address answers ping, or at least ARP or neighbor discovery; the kernel revalidates a minute-old entry. */
export async function anyAnswer(hosts: readonly ReadOnlyHost[], address: string): Promise<boolean> {
  const script = sh`ping -c 1 -W 1 ${address} >/dev/null 2>&1 && exit 0
timeout 1 bash -c ${`</dev/tcp/${address}/9`} >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8 9 10; do
  case $(ip neigh show ${address}) in *REACHABLE*|*PERMANENT*) exit 0;; *STALE*|*DELAY*|*PROBE*|*INCOMPLETE*) sleep 1;; *) exit 1;; esac
done
exit 1`;
  const answers = await Promise.all(
    hosts.map((host) => host.ask(remoteAttempt(script, ({ code }) => code === 0))),
  );
  return answers.includes(true);
}

/** The problems of the network. */
export function networkProblems(facts: NetworkFacts, inventory: Inventory): Problem[] {
  return [...facts.failures, ...vip(facts, inventory), ...ports(facts, inventory), ...unreachable(facts)];
}

function vip({ vipAnswers, routers, ownAddresses }: NetworkFacts, inventory: Inventory): Problem[] {
  const { address } = endpoint(inventory);
  const { virtualRouterId } = inventory.loadBalancer;
  const problems: Problem[] = [];
  if (vipAnswers) {
    problems.push({
      severity: "blocker",
      what: `${address} already answers, but none of the load balancers holds it`,
      fix: "choose a free address for cluster.endpoint, or remove this one from the host that has it",
    });
  }
  if (routers === undefined) {
    problems.push({
      severity: "warning",
      what: `no host could listen for VRRP, so it is unknown whether the id ${virtualRouterId} is free`,
      fix: "install socat on the first master to enable this check",
    });
  }
  // k8s-ha's keepalived is identified by its configuration, not its packets: for IPv6 it sends from a link-local address.
  const own = new Set([...inventory.loadBalancers.map((host) => host.address), ...ownAddresses]);
  const same = routers?.find(({ id, source }) => id === virtualRouterId && !own.has(source));
  if (same) {
    problems.push({
      severity: "blocker",
      what: `${same.source} already uses the VRRP id ${virtualRouterId} on this network`,
      fix: "set loadBalancer.virtualRouterId to an unused number",
    });
  }
  return problems;
}

function ports({ states, listening, otherPods, etcd }: NetworkFacts, inventory: Inventory): Problem[] {
  const waiting = new Set(states.filter(({ state }) => state === "absent").map(({ name }) => name));
  const balancers = new Set(inventory.loadBalancers.map(({ name }) => name));
  const masterPorts = [...MASTER_PORTS, ...(etcd === "external" ? [] : ETCD_PORTS)];
  const haproxys = haproxyPorts(inventory);
  return [...listening].flatMap(([host, found]) => {
    const own = balancers.has(host) ? haproxys : [];
    const shares = !waiting.has(host) && sharesApiserverPort(inventory, host);
    const isOthers = (program: string, port: number): boolean =>
      program === "haproxy" && otherPods.get(host)?.includes(port) === true;
    const mayHave = (program: string, port: number): boolean =>
      (program === "haproxy" && own.includes(port) && !isOthers(program, port)) ||
      (program === "kube-apiserver" && shares && port === APISERVER_PORT);
    const wanted = new Set([...(waiting.has(host) ? masterPorts : []), ...own]);
    return [...wanted].flatMap((port) =>
      (found.get(port) ?? [])
        .filter((program) => !mayHave(program, port))
        .map((program) => inUse(host, port, program, isOthers(program, port))),
    );
  });
}

function inUse(host: string, port: number, program: string, isOfOtherPod: boolean): Problem {
  const what = `port ${port} is in use by ${program}`;
  return isOfOtherPod
    ? blocker(
        host,
        `${what} in a pod not managed by k8s-ha`,
        "use another port for that pod (an ingress controller?), or set another one in the inventory",
      )
    : blocker(host, what, `stop ${program} on ${host}, or move it to another port`);
}
