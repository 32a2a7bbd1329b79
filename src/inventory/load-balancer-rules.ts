import { splitHostPort } from "../address.js";
import { APISERVER_PORT, ETCD_PORTS, KUBELET_PORT } from "../ports.js";
import type { BrokenRule } from "./rules.js";
import type { WrittenInventory as Inventory } from "./schema.js";

/** A load balancer on a master names one that there is, and each once. */
function mastersOfLoadBalancers({ controlPlane, loadBalancers }: Inventory): BrokenRule[] {
  const names = controlPlane.map(({ name }) => name);
  const listed = loadBalancers.map((entry) => ("master" in entry ? entry.master : undefined));
  return listed.flatMap((master, index) => {
    if (master === undefined) return [];
    const path = ["loadBalancers", index, "master"];
    if (!names.includes(master))
      return [{ path, message: `${master} is none of controlPlane: ${names.join(", ")}` }];
    const first = listed.indexOf(master);
    return first === index ? [] : [{ path, message: `${master} is already used by loadBalancers[${first}]` }];
  });
}

/** What Kubernetes itself listens on, on a master: etcd, the apiserver, kubelet, kube-proxy, the other components. */
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

/** The pages that haproxy has beside the API, with their ports. */
function pages({ stats, monitor }: Exclude<Inventory["loadBalancer"], "external">) {
  return [
    ...(stats === false ? [] : [{ path: ["loadBalancer", "stats", "port"], port: stats.port }]),
    ...(monitor === false ? [] : [{ path: ["loadBalancer", "monitor", "port"], port: monitor.port }]),
  ];
}

/** On a master haproxy gets no port that Kubernetes has there; but on its own the apiserver can leave it the VIP. */
function portsOnMasters({ cluster, loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  const entry = loadBalancers.find((one) => "master" in one);
  if (entry === undefined || loadBalancer === "external") return [];
  const ways = "take another, such as 8443, or load balancers that are no masters";
  const endpointPort = splitHostPort(cluster.endpoint).port ?? 0;
  const isShared = endpointPort === APISERVER_PORT;
  const own = (path: readonly string[], port: number): BrokenRule[] =>
    MASTER_PORTS.includes(port) && !(isShared && port === APISERVER_PORT)
      ? [{ path, message: `port ${port} is Kubernetes' own on the load balancer ${entry.master}; ${ways}` }]
      : [];
  const announced = `pods would be led to port ${APISERVER_PORT} of the VIP, which on the load balancer ${entry.master} is the apiserver's own; take node, or port ${APISERVER_PORT} for the endpoint`;
  const leadsPast = cluster.advertise === "endpoint" && !isShared;
  return [
    ...own(["cluster", "endpoint"], endpointPort),
    ...pages(loadBalancer).flatMap(({ path, port }) => own(path, port)),
    ...(leadsPast ? [{ path: ["cluster", "advertise"], message: announced }] : []),
  ];
}

/** Whether load balancers are listed, or said to be somebody else's: one of both. */
function whoseLoadBalancers({ loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  const isExternal = loadBalancer === "external";
  if (isExternal === (loadBalancers.length === 0)) return [];
  const message = isExternal
    ? "loadBalancer is external, so there is none to set up; list none"
    : "expected at least one load balancer; or `loadBalancer: external`, where somebody else's leads to the masters";
  return [{ path: ["loadBalancers"], message }];
}

/** The `kubernetes` Service leads to the announced address on the apiservers' own port, whatever the endpoint's is. */
function announcedPort({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer !== "external" || cluster.advertise !== "endpoint") return [];
  if (cluster.endpoint.endsWith(`:${APISERVER_PORT}`)) return [];
  const message = `pods would be led to port ${APISERVER_PORT} of the endpoint, which this load balancer serves on another port; take node`;
  return [{ path: ["cluster", "advertise"], message }];
}

function pageOnEndpointPort({ cluster, loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer === "external") return [];
  return pages(loadBalancer)
    .filter(({ port }) => cluster.endpoint.endsWith(`:${port}`))
    .map(({ path }) => ({ path, message: "is the endpoint's port; haproxy cannot have both" }));
}

/** A page at the path of the other one would hide it. */
function monitorOnStatsPath({ loadBalancer }: Inventory): BrokenRule[] {
  if (loadBalancer === "external") return [];
  const { stats, monitor } = loadBalancer;
  if (stats === false || monitor === false || stats.port !== monitor.port) return [];
  if (monitor.uri !== "/stats") return [];
  return [{ path: ["loadBalancer", "monitor", "uri"], message: "is the statistics page's path" }];
}

/** A static pod needs a kubelet of the control plane; the first master's is the only one until the others have joined. */
function podsOnMasters({ controlPlane, loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancer === "external" || loadBalancer.runAs !== "static-pods") return [];
  const machines = loadBalancers.flatMap((entry, index) =>
    "master" in entry
      ? []
      : [
          {
            path: ["loadBalancers", index],
            message: `${entry.name} is no master, and static pods run on masters alone; write \`master: NAME\`, or runAs: packages`,
          },
        ],
  );
  const first = controlPlane[0]?.name ?? "";
  if (machines.length > 0 || loadBalancers.some((entry) => "master" in entry && entry.master === first)) {
    return machines;
  }
  const message = `${first} must be among them: as a static pod the VIP can be nowhere else until the others have joined`;
  return [{ path: ["loadBalancers"], message }];
}

function passwordWithoutUser({ loadBalancer }: Inventory): BrokenRule[] {
  const stats = loadBalancer !== "external" && loadBalancer.stats;
  if (stats === false || stats.passwordFile === undefined || stats.user !== undefined) return [];
  return [{ path: ["loadBalancer", "stats", "passwordFile"], message: "needs loadBalancer.stats.user" }];
}

/** keepalived holds a priority that a failed check lowers at 1: from there it must still go to any other host. */
function lowestPriority({ loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancers.length === 1) return [];
  const message =
    "1 is where a failed check puts the others, and at a tie the VIP does not move; take 2 or more";
  return loadBalancers.flatMap(({ priority }, index) =>
    priority === 1 ? [{ path: ["loadBalancers", index, "priority"], message }] : [],
  );
}

function unicastWithoutPeer({ loadBalancer, loadBalancers }: Inventory): BrokenRule[] {
  if (loadBalancer === "external" || loadBalancer.vrrp !== "unicast" || loadBalancers.length !== 1) return [];
  const message = "unicast needs another load balancer to speak to; list two, or leave vrrp out";
  return [{ path: ["loadBalancer", "vrrp"], message }];
}

/** The rules between keys that say which load balancers there are, and how they do their work. */
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
