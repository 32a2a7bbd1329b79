import { type Family, familyOf, splitHostPort } from "../../address.js";
import { type Difference, holds } from "../../config-files/kubeadm-versions.js";
import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { nodeAt, type Node } from "../../machine/kubernetes.js";
import { query, type Query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";
import { blocker } from "./machines.js";
import { settle, type Settled } from "./settle.js";

/** A setting of the kernel that kubeadm's own preflight of a join wants to be 1, and in which versions where not in all. */
interface Wanted {
  readonly key: string;
  /** Of the endpoint's address. */
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

/** What a folder has in it; nothing of one that is not there. */
function filesIn(folder: string): Query<readonly string[]> {
  return query(sh`ls ${`${folder}/`} 2>/dev/null || true`, (out) =>
    out.split("\n").filter((name) => name !== ""),
  );
}

/**
 * Which of the kernel's settings are off, whether swap is on, cgroup v1 in use and the folder with patches empty, on each
 * machine that has yet to join.
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
      const [settings, files] = await Promise.all([
        one.ask(inTheWay),
        isMaster && kubeadm.patches !== undefined ? one.ask(filesIn(kubeadm.patches)) : [true],
      ]);
      return [one.name, files.length > 0 ? settings : [...settings, NO_PATCHES]] as const;
    }),
  );
}

/** Machines that kubeadm would not join, long after the load balancers were set up. */
export function joinSettingsProblems(
  found: ReadonlyMap<string, readonly string[]>,
  kubernetesVersion: string,
  { cluster, kubeadm }: Pick<Inventory, "cluster" | "kubeadm">,
): Problem[] {
  const endpoint = familyOf(splitHostPort(cluster.endpoint).host);
  const isWanted = ({ family, where }: Wanted): boolean =>
    (where === undefined || holds(where, kubernetesVersion)) &&
    (family === endpoint || (family === "ipv4" && holds("wantsIPv4Forwarding", kubernetesVersion)));
  // kubeadm compares the names without regard to case (validation.go, ValidateIgnorePreflightErrors).
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
    `${folder} (kubeadm.patches) has no files, so its control plane would be made without your patches`,
    `copy the folder to ${name}, or take kubeadm.patches out of the inventory`,
  );
}

function isOff(name: string, key: string): Problem {
  const first = key.startsWith("net.bridge") ? "modprobe br_netfilter && " : "";
  return blocker(
    name,
    `${key} is not 1, and kubeadm joins no such machine`,
    `on ${name}: ${first}sysctl -w ${key}=1, and a line in /etc/sysctl.d for the next boot`,
  );
}

function hasCgroupV1(name: string, kubernetesVersion: string): Problem {
  return blocker(
    name,
    `it runs with cgroup v1, and kubeadm ${kubernetesVersion} joins no such machine`,
    "boot it with cgroup v2 (kernel argument systemd.unified_cgroup_hierarchy=1); or add SystemVerification to kubeadm.ignorePreflightErrors, where the cluster's KubeletConfiguration has failCgroupV1: false",
  );
}

function hasSwap(name: string): Problem {
  return blocker(
    name,
    "swap is on, and this kubeadm joins no such machine",
    `on ${name}: swapoff -a, and none at the next boot (/etc/fstab, dphys-swapfile)`,
  );
}
