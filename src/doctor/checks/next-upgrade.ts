import { splitHostPort } from "../../address.js";
import {
  apiserverArgs,
  clusterConfiguration,
  parseClusterConfiguration,
  type ClusterConfiguration,
} from "../../cluster/kubeadm-config.js";
import { nodes } from "../../cluster/kubernetes.js";
import { holds, minorOf } from "../../config-files/kubeadm-versions.js";
import { firstMaster } from "../../inventory/targets.js";
import { isCgroupV1 } from "../../machine/cgroups.js";
import { askEach, type Answers } from "../../steps/preflight/answers.js";
import { asFinding, type DoctorCheck, type Finding } from "../check.js";

/** Feature gate of kubeadm → the last minor version that has it (cmd/kubeadm/app/features/features.go, 1.28.15 to 1.37.2). */
const LAST_MINOR: Readonly<Record<string, number>> = {
  UpgradeAddonsBeforeControlPlane: 30,
  EtcdLearnerMode: 32,
  WaitForAllControlPlaneComponents: 34,
  ControlPlaneKubeletLocalMode: 35,
  NodeLocalCRISocket: 36,
  PublicKeysECDSA: 36,
};
/** The last minor version whose kubelet works with containerd 1.x, which has no RuntimeConfig (kubernetes#139121). */
const CONTAINERD_1_UNTIL = 37;

/** What the next minor version of kubeadm and the kubelet find. */
interface Facts {
  readonly clusterConfiguration: string;
  /** Node → its runtime, such as `containerd://1.7.24`. */
  readonly runtimes: ReadonlyMap<string, string>;
  /** Host → whether it has cgroup v1. */
  readonly cgroupV1: Answers<boolean>;
}

/** The next minor version of Kubernetes accepts the configuration and the machines. */
export const nextUpgrade: DoctorCheck<Facts> = {
  id: "next-upgrade",
  title: "nothing that is known stops the upgrade to the next minor version",
  upstream: "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/",
  probe: async (fleet) => {
    const [text, all, cgroupV1] = await Promise.all([
      clusterConfiguration(fleet),
      nodes(fleet),
      askEach(fleet.hosts("controlPlane", "workers"), (host) => host.ask(isCgroupV1)),
    ]);
    const runtimes = all.map(
      ({ metadata, status }) => [metadata.name, status.nodeInfo?.containerRuntimeVersion ?? ""] as const,
    );
    return { clusterConfiguration: text, runtimes: new Map(runtimes), cgroupV1 };
  },
  findings: ({ clusterConfiguration: text, runtimes, cgroupV1 }, inventory) => {
    const config = parseClusterConfiguration(text);
    const next = minorOf(config.kubernetesVersion) + 1;
    const { name: host } = firstMaster(inventory);
    return [
      ...cgroupV1.failures.map(asFinding),
      ...gates(config, next).map((finding) => ({ ...finding, host })),
      ...format(text, next).map((finding) => ({ ...finding, host })),
      ...announcedVip(
        config,
        next,
        inventory.controlPlane.map(({ address }) => address),
      ).map((finding) => ({ ...finding, host })),
      ...oldCgroups(config.kubernetesVersion, next, namesOf(cgroupV1.found, Boolean)),
      ...oldRuntimes(
        next,
        namesOf(runtimes, (runtime) => runtime.startsWith("containerd://1.")),
      ),
    ];
  },
};

function namesOf<T>(all: ReadonlyMap<string, T>, isOne: (value: T) => boolean): string[] {
  return [...all].filter(([, value]) => isOne(value)).map(([name]) => name);
}

/** A cluster that already has such a version has been told to accept them. */
function oldCgroups(current: string, next: number, names: readonly string[]): Finding[] {
  if (names.length === 0 || !holds("refusesCgroupV1", `v1.${next}.0`)) return [];
  const isAccepted = holds("refusesCgroupV1", current);
  return [
    {
      severity: isAccepted ? "info" : "warning",
      what: `cgroup v1 is used by ${names.join(", ")}: kubeadm and the kubelet of 1.${next} refuse it by default`,
      fix: "boot them with cgroup v2 (systemd.unified_cgroup_hierarchy=1); or set failCgroupV1: false in the kubelet's configuration, and ignore the preflight error SystemVerification",
    },
  ];
}

function oldRuntimes(next: number, names: readonly string[]): Finding[] {
  if (names.length === 0 || next <= CONTAINERD_1_UNTIL) return [];
  return [
    {
      severity: "warning",
      what: `containerd 1.x is used by ${names.join(", ")}: the kubelet of 1.${next} does not support it`,
      fix: "upgrade containerd to 2.x there",
    },
  ];
}

function gates({ featureGates }: ClusterConfiguration, next: number): Finding[] {
  return Object.keys(featureGates ?? {})
    .filter((gate) => (LAST_MINOR[gate] ?? Infinity) < next)
    .map((gate) => ({
      severity: "warning",
      what: `kubeadm-config sets the feature gate ${gate}, which kubeadm 1.${next} does not have: from 1.37 on that is an error`,
      fix: `remove it: kubectl -n kube-system edit configmap kubeadm-config`,
    }));
}

/** kubeadm 1.37 reads only v1beta4, and every upgrade writes the format of its own version. */
function format(text: string, next: number): Finding[] {
  const version = /^apiVersion: *["']?kubeadm\.k8s\.io\/(\S+?)["']?\s*$/m.exec(text)?.[1] ?? "";
  const isRead =
    version === "v1beta4" || (version === "v1beta3" && next < 37) || (version === "v1beta2" && next <= 26);
  if (isRead) return [];
  return [
    {
      severity: "error",
      what: `kubeadm-config has the format ${version || "without a version"}, which kubeadm 1.${next} does not read`,
      fix: "convert it with a kubeadm that reads both: kubeadm config migrate",
    },
  ];
}

/** kubeadm 1.37 checks that etcd's ports are free at the address that apiservers announce; a VIP is on another machine. */
function announcedVip(config: ClusterConfiguration, next: number, own: readonly string[]): Finding[] {
  const announced = apiserverArgs(config).get("advertise-address");
  if (announced === undefined || own.includes(announced) || !holds("portsAtAdvertised", `v1.${next}.0`))
    return [];
  const endpoint =
    config.controlPlaneEndpoint === undefined ? "" : splitHostPort(config.controlPlaneEndpoint).host;
  const whose = endpoint === announced ? "the endpoint's address" : "an address of no master";
  return [
    {
      severity: "warning",
      what: `apiservers announce ${announced}, ${whose}: kubeadm 1.${next} checks etcd's ports there when a master joins (Port-2379, Port-2380)`,
      fix: "join masters with --ignore-preflight-errors=Port-2379,Port-2380, or remove advertise-address from apiServer.extraArgs of kubeadm-config (kubernetes#138250)",
    },
  ];
}
