import { type Family, familyOf, splitHostPort } from "../../address.js";
import { type Difference, holds } from "../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { nodeAt, type Node } from "../../cluster/kubernetes.js";
import { query, type Query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { settle, type Settled } from "./settle.js";

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

const NO_PATCHES = "no-patches";

const inTheWay = query(
  sh`for key in ${WANTED.map(({ key }) => key)}; do [ "$(sysctl -n "$key" 2>/dev/null)" = 1 ] || echo "$key"; done
[ "$(wc -l </proc/swaps)" -le 1 ] || echo ${SWAP}
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || echo ${CGROUP_V1}`,
  (out) => out.split("\n").filter((key) => key !== ""),
);

/** Whether a directory has files. */
function hasFiles(folder: string): Query<boolean> {
  return query(sh`ls ${`${folder}/`} 2>/dev/null || true`, (out) => out.trim() !== "");
}

/**
 * For each machine that has yet to join: the kernel settings that are not 1, and whether swap is on, cgroup v1 is in use
 * and the patches directory is empty.
 */
export async function joinSettings(
  fleet: ReadOnlyFleet,
  nodes: readonly Node[],
  lacking: readonly string[],
): Promise<Settled<readonly [string, readonly string[]]>> {
  const { kubeadm, controlPlane } = fleet.inventory;
  const waiting = fleet
    .hosts("controlPlane", "workers")
    .filter(({ name, address }) => !lacking.includes(name) && nodeAt(nodes, address) === undefined);
  return settle(
    waiting.map(async (one) => {
      const isMaster = controlPlane.some(({ name }) => name === one.name);
      const [settings, isPatched] = await Promise.all([
        one.ask(inTheWay),
        !isMaster || kubeadm.patches === undefined || one.ask(hasFiles(kubeadm.patches)),
      ]);
      return [one.name, isPatched ? settings : [...settings, NO_PATCHES]] as const;
    }),
  );
}

/** Machines that kubeadm would refuse to join, long after the load balancers are set up. */
export function joinSettingsProblems(
  found: ReadonlyMap<string, readonly string[]>,
  kubernetesVersion: string,
  { cluster, kubeadm }: Pick<Inventory, "cluster" | "kubeadm">,
): Problem[] {
  const endpoint = familyOf(splitHostPort(cluster.endpoint).host);
  const isWanted = ({ family, where }: Wanted): boolean =>
    (where === undefined || holds(where, kubernetesVersion)) &&
    (family === endpoint || (family === "ipv4" && holds("wantsIPv4Forwarding", kubernetesVersion)));
  // kubeadm compares the names case-insensitively (validation.go, ValidateIgnorePreflightErrors).
  const mayRunOnV1 =
    !holds("refusesCgroupV1", kubernetesVersion) ||
    kubeadm.ignorePreflightErrors.some((name) => name.toLowerCase() === "systemverification");
  const wanted = WANTED.filter(isWanted).map(({ key }) => key);
  return [...found].flatMap(([name, keys]) => [
    ...wanted.filter((key) => keys.includes(key)).map((key) => isOff(name, key)),
    ...(keys.includes(SWAP) && holds("refusesSwap", kubernetesVersion) ? [hasSwap(name)] : []),
    ...(keys.includes(CGROUP_V1) && !mayRunOnV1 ? [hasCgroupV1(name, kubernetesVersion)] : []),
    ...(keys.includes(NO_PATCHES) ? [hasNoPatches(name, kubeadm.patches ?? "")] : []),
  ]);
}

function hasNoPatches(name: string, folder: string): Problem {
  return blocker(
    name,
    `${folder} (kubeadm.patches) contains no files, so its control plane would be created without your patches`,
    `copy the directory to ${name}, or remove kubeadm.patches from the inventory`,
  );
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
