import type { Family } from "../../../address.js";
import { type Difference, holds } from "../../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../../inventory/schema.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { nodeAt, nodes } from "../../../cluster/kubernetes.js";
import { query } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import type { Problem } from "../../step.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** A kernel setting that kubeadm's join preflight requires to be 1, and in which versions if not in all. */
interface Wanted {
  readonly key: string;
  /** The address family of the endpoint. */
  readonly family: Family;
  readonly where?: Difference;
}

/** cmd/kubeadm/app/preflight/checks.go. */
const WANTED: readonly Wanted[] = [
  { key: "net.ipv4.ip_forward", family: "ipv4" },
  { key: "net.bridge.bridge-nf-call-iptables", family: "ipv4", where: "wantsBridgeNetfilter" },
  { key: "net.ipv6.conf.default.forwarding", family: "ipv6" },
  { key: "net.bridge.bridge-nf-call-ip6tables", family: "ipv6", where: "wantsBridgeNetfilter" },
];
const SWAP = "swap";
const CGROUP_V1 = "cgroup-v1";

const inTheWay = query(
  sh`for key in ${WANTED.map(({ key }) => key)}; do [ "$(sysctl -n "$key" 2>/dev/null)" = 1 ] || echo "$key"; done
[ "$(wc -l </proc/swaps)" -le 1 ] || echo ${SWAP}
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || echo ${CGROUP_V1}`,
  (out) => out.split("\n").filter((key) => key !== ""),
);

interface Found {
  readonly kubernetesVersion: string;
  /** For each machine that has yet to join: the parameters that are not 1, and whether swap is on and cgroup v1 in use. */
  readonly settings: Answers<readonly string[]>;
}

/** kubeadm would not refuse a machine that has yet to join for a setting of its kernel. */
export const nodeSettings: PreflightCheck<Found> = {
  id: "node-settings",
  probe: async (fleet) => {
    const [text, all] = await Promise.all([clusterConfiguration(fleet), nodes(fleet)]);
    const waiting = fleet
      .hosts("controlPlane", "workers")
      .filter(({ address }) => nodeAt(all, address) === undefined);
    const { kubernetesVersion } = parseClusterConfiguration(text);
    return { kubernetesVersion, settings: await askEquipped(fleet, waiting, (host) => host.ask(inTheWay)) };
  },
  problems: ({ kubernetesVersion, settings: { found, failures } }, inventory) => {
    const wanted = wantedParameters(kubernetesVersion, inventory);
    const refusesV1 = refusesCgroupV1(kubernetesVersion, inventory);
    return [
      ...failures,
      ...[...found].flatMap(([name, settings]) => [
        ...wanted.filter((key) => settings.includes(key)).map((key) => isOff(name, key)),
        ...(settings.includes(SWAP) && holds("refusesSwap", kubernetesVersion) ? [hasSwap(name)] : []),
        ...(settings.includes(CGROUP_V1) && refusesV1 ? [hasCgroupV1(name, kubernetesVersion)] : []),
      ]),
    ];
  },
};

function wantedParameters(kubernetesVersion: string, { cluster }: Inventory): string[] {
  return WANTED.filter(
    ({ family, where }) =>
      (where === undefined || holds(where, kubernetesVersion)) &&
      (family === cluster.endpoint.family ||
        (family === "ipv4" && holds("wantsIPv4Forwarding", kubernetesVersion))),
  ).map(({ key }) => key);
}

/** kubeadm compares the names case-insensitively (validation.go, ValidateIgnorePreflightErrors). */
function refusesCgroupV1(kubernetesVersion: string, { kubeadm }: Inventory): boolean {
  const isIgnored = kubeadm.ignorePreflightErrors.some((name) => name.toLowerCase() === "systemverification");
  return holds("refusesCgroupV1", kubernetesVersion) && !isIgnored;
}

function isOff(name: string, key: string): Problem {
  const first = key.startsWith("net.bridge") ? "modprobe br_netfilter && " : "";
  return blocker(
    name,
    `${key} is not 1; kubeadm refuses to join such a machine`,
    `on ${name}: ${first}sysctl -w ${key}=1, and add it to /etc/sysctl.d for the next boot`,
  );
}

function hasCgroupV1(name: string, kubernetesVersion: string): Problem {
  return blocker(
    name,
    `it uses cgroup v1; kubeadm ${kubernetesVersion} refuses to join such a machine`,
    "boot it with cgroup v2 (kernel argument systemd.unified_cgroup_hierarchy=1); or add SystemVerification to kubeadm.ignorePreflightErrors, if the cluster's KubeletConfiguration has failCgroupV1: false",
  );
}

function hasSwap(name: string): Problem {
  return blocker(
    name,
    "swap is on; this kubeadm version refuses to join such a machine",
    `on ${name}: swapoff -a, and disable swap for the next boot (/etc/fstab, dphys-swapfile)`,
  );
}
