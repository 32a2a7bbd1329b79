import { parseAllDocuments, stringify } from "yaml";
import { hierarchies } from "./cgroups.js";
import type { Scenario } from "./scenario.js";
import { minorOf } from "./versions.js";

type Section = Readonly<Record<string, unknown>>;

/** Where pods' resolv.conf comes from: the operator's address, which refuses at once. 127.0.0.1 would be CoreDNS itself. */
export const PODS_RESOLV_CONF = "/etc/lab/resolv.conf";

/** Whether the hosts have the old hierarchies of cgroups, which they share with this machine. */
function isCgroupV1(): boolean {
  return hierarchies()[0] !== "/sys/fs/cgroup";
}

/** What kubeadm refuses of the lab's hosts in a version. */
export function preflightErrorsToIgnore(kubernetes: string): string[] {
  return [
    // From 1.35 on, cgroup v1 (kubernetes#134298).
    ...(minorOf(kubernetes) >= 35 && isCgroupV1() ? ["SystemVerification"] : []),
    // Up to 1.30, URLs such as https://[10.96.0.1]:1234/, which newer releases of Go refuse.
    ...(minorOf(kubernetes) <= 30 ? ["HTTPProxyCIDR"] : []),
  ];
}

function apiVersion(minor: number): string {
  if (minor <= 21) return "kubeadm.k8s.io/v1beta2";
  return minor <= 30 ? "kubeadm.k8s.io/v1beta3" : "kubeadm.k8s.io/v1beta4";
}

/** From v1beta4 on flags are a list; a scenario has them as a mapping. */
function withFlags(value: unknown, minor: number): unknown {
  if (Array.isArray(value)) return value.map((each) => withFlags(each, minor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      const isFlags = ["extraArgs", "kubeletExtraArgs"].includes(key) && minor >= 31;
      if (!isFlags) return [key, withFlags(each, minor)];
      return [key, Object.entries(each as Section).map(([name, text]) => ({ name, value: String(text) }))];
    }),
  );
}

/**
 * kubeadm's configuration for a version: a scenario's documents (kinds without an API version), and what the lab's
 * hosts, which have a containerd of their own or Debian's, need of kube-proxy and the kubelets.
 */
export function kubeadmConfig(
  {
    init: { config },
    configuration,
    proxyMode,
  }: Pick<NonNullable<Scenario["cluster"]>, "init" | "configuration" | "proxyMode">,
  version: string,
  containerd?: string,
): string {
  const kubernetes = version.replace(/^v/, "");
  const minor = minorOf(kubernetes);
  const own = parseAllDocuments(config).map((document) => document.toJS() as Section);
  const ignored = preflightErrorsToIgnore(kubernetes);
  const kinds = own.map((each): Section => {
    const head = { apiVersion: apiVersion(minor) };
    if (each["kind"] === "ClusterConfiguration") {
      // 1.20 has dual stack behind a gate that later versions do not know.
      const isDualStack = String((each["networking"] as Section)["podSubnet"]).includes(",");
      const gates = minor <= 22 && isDualStack ? { featureGates: { IPv6DualStack: true } } : {};
      return { ...head, kubernetesVersion: version, ...gates, ...each, ...configuration };
    }
    const registration = (each["nodeRegistration"] ?? {}) as Section;
    const ignore = ignored.length > 0 ? { ignorePreflightErrors: ignored } : {};
    return { ...head, ...each, nodeRegistration: { ...registration, ...ignore } };
  });
  const rest: Section[] = [
    // A container cannot set the machine's limit of connections.
    {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      conntrack: { maxPerCore: 0 },
      ...(proxyMode !== undefined && minor >= 31 && { mode: proxyMode }),
    },
    {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      // containerd 2 tells it.
      ...(containerd === undefined && { cgroupDriver: "cgroupfs" }),
      resolvConf: PODS_RESOLV_CONF,
      // A 1.20 kubelet shows a restarted static pod Ready only at its next look, once a minute by default.
      ...(minor <= 20 && { syncFrequency: "10s" }),
      ...(minor >= 35 && { failCgroupV1: false }),
    },
  ];
  return [...kinds.map((each) => withFlags(each, minor)), ...rest]
    .map((each) => stringify(each))
    .join("---\n");
}
