import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { members, type Group } from "../../inventory/targets.js";
import type { ReadOnlyHost } from "../../machine/host.js";
import { packageManager, type PackageManager } from "../../machine/packages.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import type { Problem } from "../step.js";

/** The properties of a machine. */
export interface Machine {
  readonly name: string;
  readonly groups: readonly Group[];
  /** `ID` and `ID_LIKE` of os-release, such as `ubuntu debian`. */
  readonly os: string;
  readonly packageManager: PackageManager;
  readonly systemd: boolean;
  readonly missingTools: readonly string[];
  /** Its clock minus the local clock, and the uncertainty of that, in seconds. */
  readonly clock: { readonly skew: number; readonly uncertainty: number };
  /** Free space below /var, in MiB. */
  readonly freeMiB: number;
  /** The output of `openssl version` if the backup is to be encrypted; otherwise empty. */
  readonly openssl: string;
}

const COMMON = ["openssl", "tar", "bash", "ss", "curl", "awk"];
const TOOLS: Readonly<Record<Group, readonly string[]>> = {
  controlPlane: [...COMMON, "kubeadm", "kubelet", "kubectl", "crictl", "ip", "pgrep"],
  // k8s-ha installs curl with the load balancers' packages.
  loadBalancers: ["openssl", "tar", "bash", "ss", "ip", "sysctl"],
  workers: COMMON,
};
/** A new master stores images, etcd data and logs; a load balancer little more than two packages. */
const FREE_MIB: Readonly<Record<Group, number>> = { controlPlane: 2048, loadBalancers: 256, workers: 64 };
/** etcd warns from 1 s on; a larger skew affects certificates and leases. */
const MAX_SKEW_SECONDS = 2;

/** Probes every machine separately. */
export function machines(fleet: ReadOnlyFleet): Promise<Machine>[] {
  const encrypts = fleet.inventory.backup.operatorCopy === "encrypted";
  return members(fleet.inventory).map(({ name, groups }) => machine(fleet.host(name), groups, encrypts));
}

async function machine(host: ReadOnlyHost, groups: readonly Group[], encrypts: boolean): Promise<Machine> {
  const opensslVersion = encrypts ? sh`openssl version 2>/dev/null || echo none` : sh`echo`;
  const tools = [...new Set(groups.flatMap((group) => TOOLS[group]))];
  const before = Date.now() / 1000;
  const [manager, facts] = await Promise.all([
    host.ask(packageManager),
    host.ask(
      query(
        sh`date +%s.%N
. /etc/os-release; echo "$ID $ID_LIKE"
if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then echo yes; else echo no; fi
df -m --output=avail /var
for t in ${tools}; do command -v "$t" >/dev/null || printf '%s ' "$t"; done; echo
${opensslVersion}`,
        (out) => out.split("\n"),
      ),
    ),
  ]);
  const after = Date.now() / 1000;
  const [clock, os = "", systemd, , free, missing = "", openssl = ""] = facts;
  return {
    name: host.name,
    groups,
    os: os.trim(),
    packageManager: manager,
    systemd: systemd === "yes",
    missingTools: missing.split(" ").filter((tool) => tool !== ""),
    clock: { skew: Number(clock) - (before + after) / 2, uncertainty: (after - before) / 2 },
    freeMiB: Number(free),
    openssl,
  };
}

/** The problems of the machines themselves. */
export function machineProblems(all: readonly Machine[], inventory: Inventory): Problem[] {
  const first = all.find(({ name }) => name === inventory.controlPlane[0]?.name);
  return all.flatMap((m) => [
    ...operatingSystem(m, inventory.loadBalancer.runAs === "packages"),
    ...m.missingTools.map((tool) => blocker(m.name, `${tool} is not installed`, `install it on ${m.name}`)),
    ...encryption(m, inventory),
    ...disk(m),
    ...(first === undefined ? [] : clocks(m, first)),
  ]);
}

function operatingSystem(
  { name, groups, os, packageManager: manager, systemd }: Machine,
  needsPackages: boolean,
): Problem[] {
  const problems: Problem[] = [];
  if (!systemd) problems.push(blocker(name, "systemd is not running", "k8s-ha requires hosts with systemd"));
  if (needsPackages && groups.includes("loadBalancers") && manager !== "apt" && manager !== "dnf") {
    const what =
      manager === "yum"
        ? `haproxy and keepalived of ${os || "this system"} are too old: haproxy is 1.5, but 1.8 is required`
        : `packages cannot be installed on ${os || "this system"}`;
    problems.push(
      blocker(name, what, "use a load balancer with Debian, Ubuntu, or the Red Hat family from version 8 on"),
    );
  }
  return problems;
}

/** OpenSSL before 1.1.1 cannot derive a strong key from a passphrase. */
function encryption({ name, openssl }: Machine, { backup }: Inventory): Problem[] {
  if (backup.operatorCopy !== "encrypted" || !/^OpenSSL (0\.|1\.0\.|1\.1\.0)/.test(openssl)) return [];
  const what = `${openssl} cannot encrypt the operator's copy of the backup: 1.1.1 is required`;
  return [
    blocker(name, what, "set backup.operatorCopy to none, or to plain: the backup contains private keys"),
  ];
}

function disk({ name, groups, freeMiB }: Machine): Problem[] {
  const needed = Math.max(...groups.map((group) => FREE_MIB[group]));
  if (freeMiB >= needed) return [];
  return [
    blocker(name, `only ${freeMiB} MiB are free below /var`, `make sure that ${needed} MiB are free there`),
  ];
}

function clocks(m: Machine, first: Machine): Problem[] {
  const skew = Math.abs(m.clock.skew - first.clock.skew);
  if (skew - m.clock.uncertainty - first.clock.uncertainty <= MAX_SKEW_SECONDS) return [];
  const what = `its clock differs by ${skew.toFixed(1)} s from that of ${first.name}`;
  return [blocker(m.name, what, "synchronize both clocks by NTP (chrony or systemd-timesyncd)")];
}

/** Returns a blocker for a host. */
export function blocker(host: string, what: string, fix: string): Problem {
  return { severity: "blocker", host, what, fix };
}
