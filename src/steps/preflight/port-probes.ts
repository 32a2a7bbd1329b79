import { hostOf } from "../../address.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { probePort, type PortAnswer } from "../../machine/network.js";
import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../../ports.js";
import { parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { etcdLayout } from "../../cluster/etcd-layout.js";
import type { MasterState } from "../../cluster/masters.js";

/** The result of one host connecting to a port of another. */
export interface PortProbe {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly answer: PortAnswer;
}

/** A port to probe. */
interface Target {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/**
 * New masters and running masters probe each other's ports and etcd's. Load balancers and workers probe every apiserver's,
 * because the `kubernetes` Service sends the pods of a worker to each of them.
 * @param from the hosts that can probe
 */
export async function probePorts(
  fleet: ReadOnlyFleet,
  states: readonly MasterState[],
  configuration: string,
  from: readonly ReadOnlyHost[],
): Promise<readonly PortProbe[]> {
  const running = states.filter(({ state }) => state === "joined");
  const waiting = states.filter(({ state }) => state !== "joined");
  if (waiting.length === 0) return [];
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
  const ofEtcd = etcd === "external" ? externalServers(configuration) : [];
  const masters = new Set(states.map(({ name }) => name));
  const others = [...fleet.hosts("loadBalancers"), ...fleet.hosts("workers")];
  const pairs = [
    ...waiting.flatMap((master) =>
      [...states.filter((to) => to !== master).flatMap(targets), ...ofEtcd].map((to) => ({
        from: master.name,
        to,
      })),
    ),
    ...running.flatMap(({ name }) => waiting.flatMap(targets).map((to) => ({ from: name, to }))),
    ...others
      .filter(({ name }) => !masters.has(name))
      .flatMap((host) =>
        states.map(({ name, address }) => ({ from: host.name, to: { name, address, port: APISERVER_PORT } })),
      ),
  ];
  return Promise.all(
    pairs
      .filter((pair) => from.some(({ name }) => name === pair.from))
      .map(async ({ from: host, to: { name, address, port } }) => ({
        from: host,
        to: name,
        port,
        answer: await fleet.host(host).ask(probePort(address, port)),
      })),
  );
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
