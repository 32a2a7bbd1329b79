import { canonical, hostPort, httpsUrl, isIPv6, splitHostPort } from "../address.js";
import { desiredClusterConfiguration } from "../config-files/cluster-configuration.js";
import { readText } from "../config-files/yaml-text.js";
import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import { firstMaster } from "../inventory/targets.js";
import { certificate } from "../machine/certificates.js";
import { kubeletSocket } from "../machine/container-runtime.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { configMap, nodeAt, nodes } from "./kubernetes.js";
import { APISERVER_PORT } from "../ports.js";

/** The cluster's kubeadm configuration, and the first master's node, CRI socket and certificate SANs. */
export interface KubeadmFacts {
  /** The current ClusterConfiguration document of ConfigMap kubeadm-config. */
  readonly clusterConfiguration: string;
  readonly nodeName: string;
  /** The first master's CRI socket. */
  readonly criSocket: string;
  /** The SANs of the first master's apiserver.crt. */
  readonly liveSans: readonly string[];
  /** The endpoint that k8s-ha replaced, from the ConfigMap's annotation. */
  readonly replacedEndpoint?: string;
}

/** Annotation of kubeadm-config with its former `controlPlaneEndpoint`, which later steps and runs need. */
export const REPLACED_ENDPOINT_ANNOTATION = "k8s-ha/replaced-endpoint";

/**
 * Returns the current ClusterConfiguration of ConfigMap kubeadm-config.
 * @throws Failure if the cluster has none
 */
export async function clusterConfiguration(fleet: ReadOnlyFleet): Promise<string> {
  const map = await configMap(fleet, "kube-system", "kubeadm-config");
  const text = map?.data?.["ClusterConfiguration"];
  if (text !== undefined) return text;
  throw new Failure("the cluster has no ConfigMap kube-system/kubeadm-config", {
    host: fleet.firstMaster.name,
    hint: "k8s-ha requires a cluster created by kubeadm",
  });
}

/** Reads kubeadm-config, the first master's node and its certificate. */
export async function kubeadmFacts(fleet: ReadOnlyFleet): Promise<KubeadmFacts> {
  const master = fleet.firstMaster;
  // The ConfigMap is fetched only once, although it is read twice here.
  const [text, map, all, live, criSocket] = await Promise.all([
    clusterConfiguration(fleet),
    configMap(fleet, "kube-system", "kubeadm-config"),
    nodes(fleet),
    master.ask(certificate("/etc/kubernetes/pki/apiserver.crt")),
    master.ask(kubeletSocket),
  ]);
  const node = nodeAt(all, master.address);
  if (node === undefined) {
    throw new Failure(`no node of the cluster has the InternalIP ${master.address}`, {
      host: master.name,
      hint: "controlPlane[0].address must be the address that `kubectl get nodes -o wide` shows",
    });
  }
  const replacedEndpoint = map?.metadata.annotations?.[REPLACED_ENDPOINT_ANNOTATION];
  return {
    clusterConfiguration: text,
    ...(replacedEndpoint !== undefined && { replacedEndpoint }),
    nodeName: node.metadata.name,
    criSocket,
    liveSans: live?.sans ?? [],
  };
}

/** A flag in a v1beta4 ClusterConfiguration. */
interface ExtraArg {
  readonly name: string;
  readonly value?: unknown;
}

/** A map up to v1beta3; an empty section is null. */
type ExtraArgs = Readonly<Record<string, unknown>> | readonly ExtraArg[] | null;

/** The settings of a component's static pod. */
interface Component {
  readonly extraArgs?: ExtraArgs;
  readonly extraVolumes?:
    readonly { readonly hostPath: string; readonly mountPath: string; readonly readOnly?: boolean }[] | null;
  /** From v1beta4 on. */
  readonly extraEnvs?: readonly { readonly name: string }[] | null;
}

/** The ClusterConfiguration fields that steps read; their names are the same in all API versions. */
export interface ClusterConfiguration {
  readonly kubernetesVersion: string;
  readonly controlPlaneEndpoint?: string;
  readonly featureGates?: Readonly<Record<string, boolean>>;
  readonly certificatesDir?: string;
  readonly apiServer?: Component | null;
  readonly controllerManager?: Component | null;
  readonly scheduler?: Component | null;
  readonly networking?: { readonly dnsDomain?: string; readonly serviceSubnet?: string };
  readonly etcd?: {
    readonly local?: Pick<Component, "extraArgs"> & { readonly dataDir?: string };
    readonly external?: {
      readonly endpoints: readonly string[];
      readonly caFile?: string;
      readonly certFile?: string;
      readonly keyFile?: string;
    };
  };
}

/** Parses the text of a ClusterConfiguration. */
export function parseClusterConfiguration(text: string): ClusterConfiguration {
  return readText(text, "the ClusterConfiguration").toJS() as ClusterConfiguration;
}

/** The apiserver flags of a ClusterConfiguration, by name; the last value of a repeated flag. */
export function apiserverArgs({ apiServer }: ClusterConfiguration): ReadonlyMap<string, string> {
  return flagsByName(apiServer?.extraArgs);
}

/** The flags of every stacked etcd member in a ClusterConfiguration, by name. */
export function etcdArgs({ etcd }: ClusterConfiguration): ReadonlyMap<string, string> {
  return flagsByName(etcd?.local?.extraArgs);
}

/** The flags of a section, by name; the last value of a repeated flag. */
export function flagsByName(extraArgs: ExtraArgs | undefined): ReadonlyMap<string, string> {
  const args = extraArgs ?? {};
  const all = Array.isArray(args)
    ? (args as readonly ExtraArg[]).map(({ name, value }) => [name, value] as const)
    : Object.entries(args);
  return new Map(all.map(([name, value]) => [name, String(value)]));
}

/** The SANs that the apiserver's certificate needs in addition to those that kubeadm always writes. */
export function desiredSans(facts: KubeadmFacts, inventory: Inventory): string[] {
  return [
    ...new Set([
      inventory.cluster.endpoint.host,
      inventory.cluster.endpoint.address,
      ...inventory.cluster.certSANs,
      ...inventory.controlPlane.flatMap((host) => [host.name, host.address]),
      // Sorted: kubeadm writes the SANs in another order, and the plan must stay the same.
      ...ownSans(facts).toSorted(),
    ]),
  ];
}

/** The SANs of the first master's certificate that kubeadm does not write into every certificate. */
function ownSans(facts: KubeadmFacts): string[] {
  const { networking } = parseClusterConfiguration(facts.clusterConfiguration);
  const service = firstServiceAddress(networking?.serviceSubnet ?? "10.96.0.0/12");
  return facts.liveSans.filter(
    (name) => name !== service && !/^kubernetes(\.default(\.svc(\..+)?)?)?$/.test(name),
  );
}

/** The first address of a Service subnet: the ClusterIP of the `kubernetes` Service. */
function firstServiceAddress(subnet: string): string {
  const network = subnet.split(",")[0]?.split("/")[0] ?? "";
  const [, start = "", last = ""] = /^(.*[.:])([^.:]*)$/.exec(network) ?? [];
  const base = isIPv6(network) ? 16 : 10;
  return canonical(start + (Number.parseInt(last || "0", base) + 1).toString(base));
}

/** The ClusterConfiguration that the inventory requires. */
export function desiredConfiguration(facts: KubeadmFacts, inventory: Inventory): string {
  const { cluster } = inventory;
  return desiredClusterConfiguration(facts.clusterConfiguration, {
    endpoint: inventory.cluster.endpoint.text,
    certSANs: desiredSans(facts, inventory),
    advertiseAddress: cluster.advertise === "endpoint" ? inventory.cluster.endpoint.address : undefined,
    ...(cluster.etcd === "first-master" && { etcdServers: httpsUrl(firstMaster(inventory).address, 2379) }),
  });
}

/**
 * The URLs by which clients have reached the single master: its address and name and, if facts are given, the former
 * endpoint and all other SANs of the certificate. Excludes names that stay in use.
 */
export function formerServers(inventory: Inventory, facts?: KubeadmFacts): string[] {
  const [{ name, address }, ...others] = [firstMaster(inventory), ...inventory.controlPlane.slice(1)];
  const stays = new Set([
    inventory.cluster.endpoint.host,
    inventory.cluster.endpoint.address,
    ...inventory.cluster.certSANs,
    ...others.flatMap((host) => [host.name, host.address]),
  ]);
  const names = [address, name, ...(facts === undefined ? [] : ownSans(facts))];
  const servers = names.filter((san) => !stays.has(san)).map((san) => httpsUrl(san, APISERVER_PORT));
  const former = facts && formerEndpoint(facts, inventory);
  return [...new Set([...servers, ...(former === undefined ? [] : [`https://${former}`])])];
}

/** The endpoint that the cluster was created with, as `NAME:PORT`, if it differs from the desired one. */
export function formerEndpoint(
  { clusterConfiguration, replacedEndpoint }: Pick<KubeadmFacts, "clusterConfiguration" | "replacedEndpoint">,
  inventory: Inventory,
): string | undefined {
  const { controlPlaneEndpoint = "" } = parseClusterConfiguration(clusterConfiguration);
  const { host, port = APISERVER_PORT } = splitHostPort(controlPlaneEndpoint);
  const former = hostPort(host, port);
  return controlPlaneEndpoint === "" || former === inventory.cluster.endpoint.text
    ? replacedEndpoint
    : former;
}
