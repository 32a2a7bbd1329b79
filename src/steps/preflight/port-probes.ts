import { hostOf } from "../../address.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { probePorts as answersOf, type PortAnswer } from "../../machine/network.js";
import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../../ports.js";
import { parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { etcdLayout } from "../../cluster/etcd-layout.js";
import type { MasterState } from "../../cluster/masters.js";
import { whileListening } from "./while-listening.js";

/** The result of one host connecting to a port of another. */
export interface PortProbe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** `rejected`: refused although a program listens there, so by a firewall; `refused`: whether one listens is unknown. */
  readonly answer: PortAnswer | "rejected";
}

/** A port to probe. */
interface Target {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/**
 * Each host probes the ports that it will need on others; see {@link pairs}. New masters listen on theirs meanwhile: a
 * firewall that rejects connections answers like a port on which nothing listens yet.
 * @param able the hosts that lack no tools
 */
export async function probePorts(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  configuration: string,
  able: readonly ReadOnlyHost[],
): Promise<readonly PortProbe[]> {
  const waiting = states.filter(({ state }) => state !== "joined");
  if (waiting.length === 0) return [];
  const needed = pairs(fleet, states, configuration);
  const listeners = able.flatMap((host) => {
    // An etcd member may start at any time, and needs its ports then.
    const listens = waiting.some(({ name, isMember }) => name === host.name && !isMember);
    const ports = needed.filter(({ to }) => to.name === host.name).map(({ to }) => to.port);
    return listens && ports.length > 0 ? [{ host, ports: [...new Set(ports)] }] : [];
  });
  const { result, listened } = await whileListening(listeners, () =>
    Promise.all(
      able.map(async (host) => {
        const targets = needed.filter(({ from }) => from === host.name).map(({ to }) => to);
        if (targets.length === 0) return [];
        const answers = await host.ask(answersOf(targets));
        return targets.map(({ name: to, port }, i) => ({
          from: host.name,
          to,
          port,
          answer: answers[i] ?? "silent",
        }));
      }),
    ),
  );
  // A host that lacks tools, which check `tools` reports, cannot listen.
  const cannotListen = waiting.filter(({ name }) => able.every((host) => host.name !== name));
  const probes = result
    .flat()
    .filter(({ to, answer }) => answer !== "refused" || cannotListen.every(({ name }) => name !== to))
    .map((probe): PortProbe => ({
      ...probe,
      answer: probe.answer === "refused" && listened(probe.to, probe.port) ? "rejected" : probe.answer,
    }));
  return withoutUnserved(probes, fleet);
}

interface Pair {
  readonly from: string;
  readonly to: Target;
}

/**
 * New masters and running masters need each other's ports and etcd's, and new masters the endpoint. Load balancers need every
 * apiserver's port, and so do workers, because the `kubernetes` Service sends their pods to each apiserver that announces its
 * node's address.
 */
function pairs(fleet: ReadOnlyFleet, states: readonly MasterState[], configuration: string): readonly Pair[] {
  const running = states.filter(({ state }) => state === "joined");
  const waiting = states.filter(({ state }) => state !== "joined");
  const etcd = etcdLayout(configuration, fleet.inventory);
  const targets = ({ name, address }: MasterState): Target[] => {
    const ports = [
      APISERVER_PORT,
      KUBELET_PORT,
      ...(etcd === "stacked" ? ETCD_PORTS : []),
      ...(etcd === "first-master" && name === fleet.firstMaster.name ? ETCD_PORTS.slice(0, 1) : []),
    ];
    return ports.map((port) => ({ name, address, port }));
  };
  const beyond = [...(etcd === "external" ? externalServers(configuration) : []), ...endpoint(fleet)];
  const masters = new Set(states.map(({ name }) => name));
  const announced = fleet.inventory.cluster.advertise === "node" ? states : running;
  const balancers = new Set(fleet.hosts("loadBalancers").map(({ name }) => name));
  return [
    ...waiting.flatMap((master) =>
      [...states.filter((to) => to !== master).flatMap(targets), ...beyond].map((to) => ({
        from: master.name,
        to,
      })),
    ),
    ...running.flatMap(({ name }) => waiting.flatMap(targets).map((to) => ({ from: name, to }))),
    // Whether its answer is required depends on the first master's own.
    ...endpoint(fleet).map((to) => ({ from: fleet.firstMaster.name, to })),
    ...fleet
      .hosts("loadBalancers", "workers")
      .filter(({ name }) => !masters.has(name))
      .flatMap((host) =>
        (balancers.has(host.name) ? states : announced).map(({ name, address }) => ({
          from: host.name,
          to: { name, address, port: APISERVER_PORT },
        })),
      ),
  ];
}

/** The endpoint on the load balancers of the inventory; check `external-endpoint` is about all others. */
function endpoint({ inventory }: ReadOnlyFleet): Target[] {
  const { address, port } = inventory.cluster.endpoint;
  return inventory.loadBalancers.length === 0 ? [] : [{ name: address, address, port }];
}

/**
 * Without the probes of an endpoint that does not serve yet: step `serving-certificate` waits until every host reaches it,
 * before a master joins.
 */
function withoutUnserved(probes: readonly PortProbe[], fleet: ReadOnlyFleet): readonly PortProbe[] {
  const isOfEndpoint = ({ to, port }: PortProbe): boolean =>
    endpoint(fleet).some((target) => target.name === to && target.port === port);
  const serves = probes.some(
    (probe) => isOfEndpoint(probe) && probe.from === fleet.firstMaster.name && probe.answer === "open",
  );
  return serves ? probes : probes.filter((probe) => !isOfEndpoint(probe));
}

/** The servers of an external etcd, named by their addresses because their names are unknown. */
function externalServers(configuration: string): Target[] {
  const { endpoints = [] } = parseClusterConfiguration(configuration).etcd?.external ?? {};
  return endpoints.map((text) => {
    const { port, protocol } = new URL(text);
    const address = hostOf(text);
    return { name: address, address, port: Number(port) || (protocol === "http:" ? 80 : 443) };
  });
}
