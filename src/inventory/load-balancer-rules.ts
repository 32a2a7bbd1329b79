import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../ports.js";
import type { BrokenRule } from "./broken-rule.js";
import type { WrittenInventory as Inventory } from "./written.js";

/** A load balancer on a master must name a listed master, and each master only once. */
function mastersOfLoadBalancers({ controlPlane, loadBalancers }: Inventory): BrokenRule[] {
  const names = controlPlane.map(({ name }) => name);
  const listed = loadBalancers.map((entry) => ("master" in entry ? entry.master : undefined));
  return listed.flatMap((master, index) => {
    if (master === undefined) return [];
    const path = ["loadBalancers", index, "master"];
    if (!names.includes(master))
      return [{ path, message: `${master} is not in controlPlane: ${names.join(", ")}` }];
    const first = listed.indexOf(master);
    return first === index ? [] : [{ path, message: `${master} is already used by loadBalancers[${first}]` }];
  });
}

/** Ports that Kubernetes uses on a master: etcd, apiserver, kubelet, kube-proxy, the other components. */
const MASTER_PORTS = [
  ...ETCD_PORTS,
  2381,
  APISERVER_PORT,
  10_248,
  10_249,
  KUBELET_PORT,
  10_256,
  10_257,
  10_259,
];

/** haproxy's statistics and monitor pages, with their ports. */
function pages({ stats, monitor }: Exclude<Inventory["loadBalancer"], "external">) {
  return [
    ...(stats === false ? [] : [{ path: ["loadBalancer", "stats", "port"], port: stats.port }]),
    ...(monitor === false ? [] : [{ path: ["loadBalancer", "monitor", "port"], port: monitor.port }]),
  ];
}

/** On a master, haproxy cannot use Kubernetes' ports, except 6443 on the VIP: the apiserver can bind only its own address. */
function portsOnMasters({ cluster, loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  const entry = loadBalancers.find((one) => "master" in one);
  if (entry === undefined || loadBalancer === "external") return [];
  const ways = "use another port, such as 8443, or load balancers that are not masters";
  const endpointPort = cluster.endpoint.port;
  const isShared = endpointPort === APISERVER_PORT;
  const own = (path: readonly string[], port: number): BrokenRule[] =>
    MASTER_PORTS.includes(port) && !(isShared && port === APISERVER_PORT)
      ? [{ path, message: `Kubernetes uses port ${port} on the load balancer ${entry.master}; ${ways}` }]
      : [];
  const announced = `pods would connect to port ${APISERVER_PORT} of the VIP, which the apiserver uses on the load balancer ${entry.master}; set cluster.advertise: node, or use port ${APISERVER_PORT} for the endpoint`;
  const bypassesEndpoint = cluster.advertise === "endpoint" && !isShared;
  return [
    ...own(["cluster", "endpoint"], endpointPort),
    ...pages(loadBalancer).flatMap(({ path, port }) => own(path, port)),
    ...(bypassesEndpoint ? [{ path: ["cluster", "advertise"], message: announced }] : []),
  ];
}

/** Load balancers are either listed or external. */
function whoseLoadBalancers({ loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  const isExternal = loadBalancer === "external";
  if (isExternal === (loadBalancers.length === 0)) return [];
  const message = isExternal
    ? "loadBalancer is external; loadBalancers must be empty"
    : "expected at least one load balancer, or `loadBalancer: external` if one not managed by k8s-ha forwards to the masters";
  return [{ path: ["loadBalancers"], message }];
}

/** The `kubernetes` Service uses the announced address with the apiservers' port, not the endpoint's port. */
function announcedPort({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer !== "external" || cluster.advertise !== "endpoint") return [];
  if (cluster.endpoint.port === APISERVER_PORT) return [];
  const message = `pods would connect to port ${APISERVER_PORT} of the endpoint, but this load balancer serves another port; set cluster.advertise: node`;
  return [{ path: ["cluster", "advertise"], message }];
}

function pageOnEndpointPort({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer === "external") return [];
  return pages(loadBalancer)
    .filter(({ port }) => port === cluster.endpoint.port)
    .map(({ path }) => ({ path, message: "is the endpoint's port; haproxy cannot use it for both" }));
}

/** Two pages on the same port and path would conflict. */
function monitorOnStatsPath({ loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer === "external") return [];
  const { stats, monitor } = loadBalancer;
  if (stats === false || monitor === false || stats.port !== monitor.port) return [];
  if (monitor.uri !== "/stats") return [];
  return [{ path: ["loadBalancer", "monitor", "uri"], message: "is the statistics page's path" }];
}

/** A static pod needs a kubelet of the control plane; until the others have joined, only the first master has one. */
function podsOnMasters({ controlPlane, loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancer === "external" || loadBalancer.runAs !== "static-pods") return [];
  const machines = loadBalancers.flatMap((entry, index) =>
    "master" in entry
      ? []
      : [
          {
            path: ["loadBalancers", index],
            message: `${entry.name} is not a master, and static pods run only on masters; use \`master: NAME\`, or runAs: packages`,
          },
        ],
  );
  const first = controlPlane[0]?.name ?? "";
  if (machines.length > 0 || loadBalancers.some((entry) => "master" in entry && entry.master === first)) {
    return machines;
  }
  const message = `${first} must be in the list: with static pods, only the first master can hold the VIP until the others have joined`;
  return [{ path: ["loadBalancers"], message }];
}

function passwordWithoutUser({ loadBalancer }: Inventory): BrokenRule[] {
  const stats = loadBalancer !== "external" && loadBalancer.stats;
  if (stats === false || stats.passwordFile === undefined || stats.user !== undefined) return [];
  return [{ path: ["loadBalancer", "stats", "passwordFile"], message: "requires loadBalancer.stats.user" }];
}

/** keepalived keeps a lowered priority at 1 or more: the VIP must still move from there to any other host. */
function lowestPriority({ loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancers.length === 1) return [];
  const message =
    "set 2 or more: a failed health check can lower the priority of another load balancer to 1, and the VIP does not move between equal priorities";
  return loadBalancers.flatMap(({ priority }, index) =>
    priority === 1 ? [{ path: ["loadBalancers", index, "priority"], message }] : [],
  );
}

function unicastWithoutPeer({ loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancer === "external" || loadBalancer.vrrp !== "unicast" || loadBalancers.length !== 1) return [];
  const message = "unicast requires a second load balancer; list two, or omit vrrp";
  return [{ path: ["loadBalancer", "vrrp"], message }];
}

/** The rules between the keys of load balancers. */
export const loadBalancerRules: readonly ((inventory: Inventory) => BrokenRule[])[] = [
  whoseLoadBalancers,
  announcedPort,
  mastersOfLoadBalancers,
  portsOnMasters,
  podsOnMasters,
  pageOnEndpointPort,
  monitorOnStatsPath,
  passwordWithoutUser,
  lowestPriority,
  unicastWithoutPeer,
];
