import type { Inventory } from "../../inventory/schema.js";
import { endpoint } from "../../inventory/targets.js";
import { firewalldState } from "../../machine/firewalld.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { APISERVER_PORT } from "../../machine/kubectl.js";
import { addresses, knock, listeningPorts, type PortAnswer } from "../../machine/network.js";
import { heardRouters, type VrrpRouter } from "../../machine/vrrp.js";
import { remoteAttempt } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { clusterConfiguration, etcdLayout, parseClusterConfiguration, type EtcdLayout } from "../cluster.js";
import { haproxyPorts, pagePorts } from "../load-balancer/firewall.js";
import { masterStates, type MasterState } from "../masters.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { announcesAddress } from "./our-router.js";
import { settle } from "./settle.js";

const ETCD_PORTS = [2379, 2380];
/** What kubeadm join refuses to find in use, besides etcd's where etcd is not external. */
const MASTER_PORTS = [APISERVER_PORT, 10_250, 10_257, 10_259];

/** The network as it stands. */
export interface NetworkFacts {
  readonly states: readonly MasterState[];
  readonly etcd: EtcdLayout;
  /** Whether one of the load balancers holds the VIP, or announces it by our keepalived.conf. */
  readonly vipIsOurs: boolean;
  /** A load balancer got an answer from the VIP although none of ours holds it. */
  readonly vipAnswers: boolean;
  /** `undefined` where no host could listen. */
  readonly routers: readonly VrrpRouter[] | undefined;
  /** Host → port → the program that listens there. */
  readonly listening: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly knocks: readonly {
    readonly from: string;
    readonly to: string;
    readonly port: number;
    readonly answer: PortAnswer;
  }[];
  /** The looks at single hosts that failed. */
  readonly failures: readonly Problem[];
}

/** Looks at ports, at the VIP, and listens for VRRP where we shall speak it and do not yet. Hosts that lack tools are not asked. */
export async function networkFacts(fleet: ReadOnlyFleet, lacking: readonly string[]): Promise<NetworkFacts> {
  const vip = endpoint(fleet.inventory).address;
  const { virtualRouterId, vrrp } = fleet.inventory.loadBalancer;
  const able = (host: ReadOnlyHost): boolean => !lacking.includes(host.name);
  const balancers = fleet.hosts("loadBalancers").filter(able);
  const ports = async (host: ReadOnlyHost) => [host.name, await host.ask(listeningPorts)] as const;
  const [configuration, states, onBalancers, holding, speaking] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    settle(balancers.map(ports)),
    Promise.all(balancers.map(async (host) => (await host.ask(addresses)).some((a) => a.address === vip))),
    Promise.all(balancers.map((host) => host.ask(announcesAddress(vip, virtualRouterId)))),
  ]);
  const vipIsOurs = holding.includes(true) || speaking.includes(true);
  const isExternal = fleet.inventory.loadBalancers.length === 0;
  // What goes from peer to peer meets nobody else's id.
  const isAlone = isExternal || vrrp === "unicast";
  const waiting = states.filter(({ state }) => state === "absent").map(({ name }) => fleet.host(name));
  const [onMasters, knocks, vipAnswers, routers] = await Promise.all([
    settle(waiting.filter(able).map(ports)),
    knockAll(fleet, states, configuration, lacking),
    vipIsOurs ? false : anyAnswer(balancers, vip),
    vipIsOurs || isAlone
      ? []
      : heardRouters(await ableToHear([...balancers, fleet.firstMaster].filter(able), vip)),
  ]);
  return {
    states,
    etcd: etcdLayout(configuration, fleet.inventory),
    vipIsOurs,
    vipAnswers,
    routers,
    listening: new Map([...onMasters.found, ...onBalancers.found]),
    knocks,
    failures: [...onMasters.failures, ...onBalancers.failures],
  };
}

/** firewalld keeps VRRP out until it is told otherwise. */
async function ableToHear(hosts: readonly ReadOnlyHost[], vip: string): Promise<readonly ReadOnlyHost[]> {
  const firewalls = await Promise.all(hosts.map((host) => host.ask(firewalldState(vip))));
  return hosts.filter((_, i) => firewalls[i] === undefined);
}

/** Where somebody knocks. */
interface Door {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Each new master and each running one knock at each other's ports and at etcd's, and the load balancers at the running ones. */
async function knockAll(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  configuration: string,
  lacking: readonly string[],
): Promise<NetworkFacts["knocks"]> {
  const running = states.filter(({ state }) => state === "joined");
  const waiting = states.filter(({ state }) => state !== "joined");
  if (waiting.length === 0) return [];
  const etcd = etcdLayout(configuration, fleet.inventory);
  const doors = ({ name, address }: MasterState): Door[] => {
    const ports = [
      APISERVER_PORT,
      ...(etcd === "stacked" ? ETCD_PORTS : []),
      ...(etcd === "first-master" && name === fleet.firstMaster.name ? ETCD_PORTS.slice(0, 1) : []),
    ];
    return ports.map((port) => ({ name, address, port }));
  };
  const ofEtcd = etcd === "external" ? externalServers(configuration) : [];
  const masters = new Set(states.map(({ name }) => name));
  const balancers = fleet.hosts("loadBalancers").filter(({ name }) => !masters.has(name));
  const pairs = [
    ...waiting.flatMap((from) =>
      [...states.filter((to) => to !== from).flatMap(doors), ...ofEtcd].map((to) => ({
        from: from.name,
        to,
      })),
    ),
    ...running.flatMap((from) => waiting.flatMap(doors).map((to) => ({ from: from.name, to }))),
    ...balancers.flatMap((host) =>
      states.map(({ name, address }) => ({ from: host.name, to: { name, address, port: APISERVER_PORT } })),
    ),
  ];
  return Promise.all(
    pairs
      .filter(({ from }) => !lacking.includes(from))
      .map(async ({ from, to: { name, address, port } }) => ({
        from,
        to: name,
        port,
        answer: await fleet.host(from).ask(knock(address, port)),
      })),
  );
}

/** An external etcd's servers; one is called by its address, as nobody knows its name. */
function externalServers(configuration: string): Door[] {
  const { endpoints = [] } = parseClusterConfiguration(configuration).etcd?.external ?? {};
  return endpoints.map((text) => {
    const { hostname, port, protocol } = new URL(text);
    return { name: hostname, address: hostname, port: Number(port) || (protocol === "http:" ? 80 : 443) };
  });
}

/** Whether anybody answers for an address: by ping, or at least to ARP; an entry of a minute ago is asked again by the kernel. */
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

/** What of the network stands in the way. */
export function networkProblems(facts: NetworkFacts, inventory: Inventory): Problem[] {
  return [...facts.failures, ...vip(facts, inventory), ...ports(facts, inventory), ...reachability(facts)];
}

function vip({ vipAnswers, routers }: NetworkFacts, inventory: Inventory): Problem[] {
  const { address } = endpoint(inventory);
  const { virtualRouterId } = inventory.loadBalancer;
  const problems: Problem[] = [];
  if (vipAnswers) {
    problems.push({
      severity: "blocker",
      what: `${address} answers already, and none of the load balancers holds it`,
      fix: "choose a free address for cluster.endpoint, or take this one away from whoever has it",
    });
  }
  if (routers === undefined) {
    problems.push({
      severity: "warning",
      what: `no host could listen for VRRP, so nobody knows whether the id ${virtualRouterId} is free`,
      fix: "install socat on the first master to have it checked",
    });
  }
  // A load balancer's own keepalived is judged by its configuration, not by its voice.
  const own = new Set(inventory.loadBalancers.map((host) => host.address));
  const same = routers?.find(({ id, source }) => id === virtualRouterId && !own.has(source));
  if (same) {
    problems.push({
      severity: "blocker",
      what: `${same.source} already uses the VRRP id ${virtualRouterId} on this network`,
      fix: "set loadBalancer.virtualRouterId to a number that nobody uses",
    });
  }
  return problems;
}

function ports({ states, listening, etcd }: NetworkFacts, inventory: Inventory): Problem[] {
  const waiting = new Set(states.filter(({ state }) => state === "absent").map(({ name }) => name));
  const balancers = new Set(inventory.loadBalancers.map(({ name }) => name));
  const masterPorts = [...MASTER_PORTS, ...(etcd === "external" ? [] : ETCD_PORTS)];
  const haproxys = [...haproxyPorts(inventory), ...pagePorts(inventory)];
  return [...listening].flatMap(([host, found]) => {
    const own = balancers.has(host) ? haproxys : [];
    return [...(waiting.has(host) ? masterPorts : []), ...own].flatMap((port) => {
      const program = found.get(port);
      if (program === undefined || (own.includes(port) && program === "haproxy")) return [];
      return [
        blocker(
          host,
          `port ${port} is in use by ${program}`,
          `stop ${program} on ${host}, or move it to another port`,
        ),
      ];
    });
  });
}

function reachability({ states, knocks }: NetworkFacts): Problem[] {
  const waiting = new Set(states.filter(({ state }) => state !== "joined").map(({ name }) => name));
  return knocks
    .filter(({ to, answer }) => answer === "silent" || (!waiting.has(to) && answer !== "open"))
    .map(({ from, to, port, answer }) =>
      blocker(
        from,
        `port ${port} of ${to} ${answer === "silent" ? "does not answer" : "is closed"}`,
        `let ${from} reach ${to}:${port} (a firewall between them, or on ${to})`,
      ),
    );
}
