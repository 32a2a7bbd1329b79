import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";

const sysAdmin = 21n;
const netAdmin = 12n;

/** Programs the lab calls, and the Debian packages they come in. */
const tools: Record<string, string> = {
  "systemd-nspawn": "systemd-container",
  "mkfs.xfs": "xfsprogs",
  ip: "iproute2",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  openssl: "openssl",
  nsenter: "util-linux",
  sysctl: "procps",
  mmdebstrap: "mmdebstrap",
  "dpkg-source": "dpkg-dev",
  "dpkg-scanpackages": "dpkg-dev",
  go: "golang-go",
  gcc: "gcc",
};

function onPath(name: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function hasCapability(bit: bigint): boolean {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
}

/** Why the lab cannot run here, as a sentence; `undefined` where it can. */
export function canRun(): string | undefined {
  if (process.platform !== "linux") return "The lab's hosts are Linux containers: it runs on Linux only.";
  if (process.arch !== "x64") return `The lab's images are for amd64; this machine is ${process.arch}.`;
  if (process.getuid?.() !== 0) return "The lab makes namespaces, mounts and loop devices: run it as root.";
  if (!hasCapability(sysAdmin) || !hasCapability(netAdmin)) {
    return "This root may not make namespaces and mounts (CAP_SYS_ADMIN, CAP_NET_ADMIN): an unprivileged container?";
  }
  if (!existsSync("/dev/loop-control"))
    return "The lab's disk is a loop device, and /dev/loop-control is missing.";
  if (!existsSync("/usr/bin/apt-get")) return "The lab is made of Debian's packages, and apt-get is missing.";
  return undefined;
}

/** Installs what the lab calls and the machine lacks, and says so on stderr. */
export async function installTools(): Promise<void> {
  const missing = [
    ...new Set(Object.keys(tools).flatMap((name) => (onPath(name) ? [] : (tools[name] ?? [])))),
  ];
  // A C library to link statically is no program to look for; Debian's gcc only recommends it.
  if (!existsSync("/usr/lib/x86_64-linux-gnu/libc.a")) missing.push("libc6-dev");
  if (missing.length === 0) return;
  process.stderr.write(`lab: installing on this machine, with apt-get: ${missing.join(" ")}\n`);
  await execa("apt-get", ["-qq", "update"]);
  await execa("apt-get", ["-qq", "-y", "install", "--no-install-recommends", ...missing], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}
