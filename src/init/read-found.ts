import { canonical, familyOf, splitHostPort } from "../address.js";
import { itemsWith } from "../cluster/api-search.js";
import { etcdLayout } from "../cluster/etcd-layout.js";
import { clusterConfiguration, parseClusterConfiguration } from "../cluster/kubeadm-config.js";
import { controlPlanePods, nodes } from "../cluster/kubernetes.js";
import { pinned } from "../cluster/pins.js";
import { holds } from "../config-files/kubeadm-versions.js";
import { Failure } from "../failure.js";
import { inventorySchema } from "../inventory/schema.js";
import { inUse } from "../machine/address-in-use.js";
import { isCgroupV1 } from "../machine/cgroups.js";
import { Fleet, type ReadOnlyFleet } from "../machine/fleet.js";
import { HostLook, type ReadOnlyHost } from "../machine/host.js";
import { addresses, neighbors, resolved } from "../machine/network.js";
import { MANIFESTS } from "../machine/static-pods.js";
import { ableToHear } from "../machine/vrrp-listeners.js";
import { heardRouters } from "../machine/vrrp.js";
import { APISERVER_PORT } from "../ports.js";
import type { Connection } from "../transport/transport.js";
import { candidates } from "./candidates.js";
import type { Found, FoundEndpoint, FoundNode } from "./found.js";
import { apiserverAddress, ownSettings } from "./machine-queries.js";
import { addressed } from "./nodes.js";

/** How many addresses are asked at the same time. */
const AT_ONCE = 8;

/** The running master, with the address that its apiserver uses. */
export async function masterOf(
  connection: Connection,
  from: { readonly text: string; readonly host: string },
  signal?: AbortSignal,
): Promise<ReadOnlyFleet> {
  const look = new HostLook({ name: from.text, address: from.host }, connection, signal);
  const address = await look.ask(apiserverAddress);
  if (address === "") {
    throw new Failure(`this is not a kubeadm master: it has no ${MANIFESTS}/kube-apiserver.yaml`, {
      host: from.text,
      hint: "name the running master: `kubectl get nodes -o wide` shows its address",
    });
  }
  const inventory = inventorySchema.parse({
    cluster: { endpoint: "not-known-yet.invalid:6443" },
    controlPlane: [{ name: "first-master", address }],
    loadBalancer: "external",
  });
  // Errors name the master as the operator does.
  const named = { ...inventory, controlPlane: [{ name: from.text, address }] };
  return new Fleet(named, new Map([[from.text, connection]]), signal).look();
}

/** Reads what an inventory needs of the first master of a fleet, its cluster and its network. Changes nothing. */
export async function readFound(fleet: ReadOnlyFleet, from: string): Promise<Found> {
  const master = fleet.firstMaster;
  const family = familyOf(master.address);
  const [text, all, pods, own, known, settings, hasCgroupV1, routers] = await Promise.all([
    clusterConfiguration(fleet),
    nodes(fleet),
    controlPlanePods(fleet),
    master.ask(addresses),
    master.ask(neighbors),
    master.ask(ownSettings),
    master.ask(isCgroupV1),
    routerIds(master),
  ]);
  const config = parseClusterConfiguration(text);
  const isApiserver = (name: string): boolean => name.startsWith("kube-apiserver-");
  const running = pods
    .filter(({ metadata }) => isApiserver(metadata.name))
    .flatMap(({ spec }) => spec.nodeName ?? []);
  const { nodes: found, withoutAddress } = addressed(all, family, new Set(running));
  const first = found.find(({ address }) => address === master.address);
  if (first === undefined) {
    throw new Failure(
      `no node of the cluster has the InternalIP ${master.address}, which its apiserver uses`,
      {
        host: master.name,
        hint: "compare `kubectl get nodes -o wide` with --advertise-address in /etc/kubernetes/manifests/kube-apiserver.yaml",
      },
    );
  }
  const network = own.find(({ address }) => canonical(address) === master.address);
  const used = new Set([
    ...own.map(({ address }) => address),
    ...known,
    ...found.map(({ address }) => address),
  ]);
  const wanted = network === undefined ? [] : candidates(master.address, network.prefixLength);
  const endpoint = endpointOf(config.controlPlaneEndpoint);
  const [free, resolvedTo, objects] = await Promise.all([
    freeOf(
      master,
      wanted.filter((address) => !used.has(address)),
    ),
    endpoint === undefined || familyOf(endpoint.host) !== undefined || family === undefined
      ? undefined
      : master.ask(resolved(endpoint.host, family)),
    pinnedObjects(
      master,
      [APISERVER_PORT, ...(endpoint === undefined ? [] : [endpoint.port])],
      [master.address, ...(endpoint === undefined ? [] : [endpoint.host])],
    ),
  ]);
  return {
    from,
    kubernetesVersion: config.kubernetesVersion,
    nodes: [{ ...first, isMaster: true }, ...found.filter((node): node is FoundNode => node !== first)],
    withoutAddress,
    ...(network !== undefined && {
      network: { interface: network.interface, prefixLength: network.prefixLength },
    }),
    free,
    ...(routers !== undefined && { routerIds: routers }),
    ...(endpoint !== undefined && { endpoint: withAddresses(endpoint, resolvedTo, settings.hostsFile) }),
    etcd: etcdLayout(text, fleet.inventory),
    etcdServers: config.etcd?.external?.endpoints ?? [],
    ...(objects !== undefined && { pinned: objects }),
    isCgroupV1Refused: hasCgroupV1 && holds("refusesCgroupV1", config.kubernetesVersion),
    hasPatches: settings.hasPatches,
  };
}

type Written = Pick<FoundEndpoint, "host" | "port">;

function endpointOf(written: string | undefined): Written | undefined {
  if (written === undefined || written === "") return undefined;
  const { host, port = APISERVER_PORT } = splitHostPort(written);
  return { host: canonical(host), port };
}

function withAddresses(
  written: Written,
  resolvedTo: readonly string[] | undefined,
  hostsFile: string,
): FoundEndpoint {
  const names = hostsFile
    .split("\n")
    .flatMap((line) => (line.split("#")[0] ?? "").trim().split(/\s+/).slice(1));
  return { ...written, addresses: resolvedTo ?? [written.host], isInHostsFile: names.includes(written.host) };
}

async function routerIds(master: ReadOnlyHost): Promise<readonly number[] | undefined> {
  const routers = await heardRouters(await ableToHear([master], master.address), master.address);
  return routers?.map(({ id }) => id);
}

/** The first addresses that do not answer. */
async function freeOf(master: ReadOnlyHost, wanted: readonly string[]): Promise<readonly string[]> {
  const now = wanted.slice(0, AT_ONCE);
  if (now.length === 0) return [];
  const taken = await master.ask(inUse(now));
  const free = now.filter((address) => !taken.includes(address));
  return free.length > 0 ? free : freeOf(master, wanted.slice(AT_ONCE));
}

/** Objects that name one of these servers, for a comment only; `undefined` if they cannot be read. */
async function pinnedObjects(
  master: ReadOnlyHost,
  ports: readonly number[],
  servers: readonly string[],
): Promise<readonly string[] | undefined> {
  const lists = [
    "/api/v1/configmaps",
    ...["daemonsets", "deployments", "statefulsets"].map((kind) => `/apis/apps/v1/${kind}`),
  ];
  const words = ["KUBERNETES_SERVICE_HOST", ...ports.map((port) => `:${port}`)];
  try {
    const found = await master.ask(itemsWith(master, lists, words));
    return found
      .flatMap((item) => pinned(item, ports) ?? [])
      .filter(({ pins }) => pins.some(({ server }) => servers.includes(splitHostPort(server).host)))
      .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
