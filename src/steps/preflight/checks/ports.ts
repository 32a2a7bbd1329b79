import { etcdLayout, type EtcdLayout } from "../../../cluster/etcd-layout.js";
import { clusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates } from "../../../cluster/masters.js";
import { isNode } from "../../../inventory/targets.js";
import type { ReadOnlyFleet } from "../../../machine/fleet.js";
import { portsOfOtherPods } from "../../../machine/load-balancer-pods.js";
import { listeningPorts } from "../../../machine/network.js";
import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../../../ports.js";
import { haproxyPorts, sharesApiserverPort } from "../../../inventory/haproxy-ports.js";
import type { Problem } from "../../step.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** The ports that must be free for kubeadm join, besides etcd's if etcd is not external. */
const MASTER_PORTS = [APISERVER_PORT, KUBELET_PORT, 10_257, 10_259];

interface Found {
  /** The masters that have yet to join and have no files of an earlier join. */
  readonly joining: readonly string[];
  readonly etcd: EtcdLayout;
  /** Host → port → the programs that listen there. */
  readonly listening: Answers<ReadonlyMap<number, readonly string[]>>;
  /** Load balancer → the ports that haproxy in a pod not managed by k8s-ha uses there. */
  readonly otherPods: Answers<readonly number[]>;
}

/** The ports that new masters and load balancers will use are free there. */
export const ports: PreflightCheck<Found> = {
  id: "ports",
  probe,
  problems: ({ joining, etcd, listening, otherPods }, inventory) => {
    const masterPorts = [...MASTER_PORTS, ...(etcd === "external" ? [] : ETCD_PORTS)];
    const balancers = new Set(inventory.loadBalancers.map(({ name }) => name));
    const ofHaproxy = haproxyPorts(inventory);
    return [
      ...listening.failures,
      ...otherPods.failures,
      ...[...listening.found].flatMap(([host, found]) => {
        const own = balancers.has(host) ? ofHaproxy : [];
        const joins = joining.includes(host);
        const shares = !joins && sharesApiserverPort(inventory, host);
        const isOthers = (program: string, port: number): boolean =>
          program === "haproxy" && otherPods.found.get(host)?.includes(port) === true;
        // Another plan may be probing the ports, see startListeners.
        const mayHave = (program: string, port: number): boolean =>
          program === "openssl" ||
          (program === "haproxy" && own.includes(port) && !isOthers(program, port)) ||
          (program === "kube-apiserver" && shares && port === APISERVER_PORT);
        const wanted = new Set([...(joins ? masterPorts : []), ...own]);
        return [...wanted].flatMap((port) =>
          (found.get(port) ?? [])
            .filter((program) => !mayHave(program, port))
            .map((program) => inUse(host, port, program, isOthers(program, port))),
        );
      }),
    ];
  },
};

async function probe(fleet: ReadOnlyFleet): Promise<Found> {
  const balancers = fleet.hosts("loadBalancers");
  const nodes = balancers.filter(({ name }) => isNode(fleet.inventory, name));
  const [configuration, states, onBalancers, otherPods] = await Promise.all([
    clusterConfiguration(fleet),
    masterStates(fleet),
    askEquipped(fleet, balancers, (host) => host.ask(listeningPorts)),
    askEquipped(fleet, nodes, (host) => host.ask(portsOfOtherPods("haproxy"))),
  ]);
  const joining = states.filter(({ state }) => state === "absent").map(({ name }) => name);
  const onMasters = await askEquipped(
    fleet,
    joining.map((name) => fleet.host(name)),
    (host) => host.ask(listeningPorts),
  );
  return {
    joining,
    etcd: etcdLayout(configuration, fleet.inventory),
    listening: {
      found: new Map([...onMasters.found, ...onBalancers.found]),
      failures: [...onMasters.failures, ...onBalancers.failures],
    },
    otherPods,
  };
}

function inUse(host: string, port: number, program: string, isOfOtherPod: boolean): Problem {
  const what = `port ${port} is in use by ${program}`;
  return isOfOtherPod
    ? blocker(
        host,
        `${what} in a pod not managed by k8s-ha`,
        "use another port for that pod (an ingress controller?), or set another port in the inventory",
      )
    : blocker(host, what, `stop ${program} on ${host}, or move it to another port`);
}
