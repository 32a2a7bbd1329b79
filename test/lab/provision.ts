import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { isIPv6 } from "node:net";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { CONTAINERD, containerdFolder } from "./build/programs.js";
import type { LabIdentity } from "./identity.js";
import { hostKeyFile, hostKeyTypes } from "./keys.js";
import { PODS_RESOLV_CONF } from "./kubeadm-config.js";
import { podSubnet } from "./network.js";
import { operatorFiles } from "./operator-paths.js";
import { addressesOf, type Scenario } from "./scenario.js";

const logins = [
  { home: "root", id: 0 },
  { home: "home/admin", id: 1000 },
  { home: "home/ops", id: 1001 },
];

function write(root: string, path: string, text: string, mode = 0o644): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
}

function cniConfiguration(addresses: readonly string[]): string {
  const bridge = {
    type: "bridge",
    bridge: "cni0",
    isGateway: true,
    ipMasq: true,
    hairpinMode: true,
    ipam: {
      type: "host-local",
      ranges: addresses.map((address) => [{ subnet: podSubnet(address) }]),
      routes: addresses.map((address) => ({ dst: isIPv6(address) ? "::/0" : "0.0.0.0/0" })),
    },
  };
  const portmap = { type: "portmap", capabilities: { portMappings: true } };
  return JSON.stringify({ cniVersion: "0.3.1", name: "lab", plugins: [bridge, portmap] }, undefined, 2);
}

/** What kubeadm asks for where the API has an IPv6 address. */
const SIX_SYSCTLS =
  "net.ipv6.conf.all.forwarding = 1\nnet.ipv6.conf.default.forwarding = 1\n-net.bridge.bridge-nf-call-ip6tables = 1\n";

function enable(root: string, unit: string): void {
  const wants = join(root, "etc/systemd/system/multi-user.target.wants");
  mkdirSync(wants, { recursive: true });
  symlinkSync(`/lib/systemd/system/${unit}`, join(wants, unit));
}

async function setSudoPassword(lab: LabIdentity, root: string): Promise<void> {
  const password = readFileSync(operatorFiles(lab.runFolder).sudoPassword, "utf8");
  const { stdout: hash } = await execa("openssl", ["passwd", "-6", "-stdin"], { input: password });
  const shadow = join(root, "etc/shadow");
  writeFileSync(
    shadow,
    readFileSync(shadow, "utf8").replace(/^ops:[^:]*:/m, () => `ops:${hash}:`),
  );
}

/** Makes a copy of the base tree one particular host: its name, keys, network files and units. */
export async function provision(
  lab: LabIdentity,
  scenario: Scenario,
  name: string,
  root: string,
): Promise<void> {
  const host = scenario.hosts[name];
  if (!host) throw new Error(`${name} is not in the scenario`);
  write(root, "etc/hostname", `${name}\n`);
  const known = Object.entries(scenario.hosts).map(([each, { address }]) => `${address} ${each}`);
  const loopback = ["127.0.0.1 localhost", ...(isIPv6(host.address) ? ["::1 localhost"] : [])];
  write(root, "etc/hosts", [...loopback, ...known, ""].join("\n"));
  write(root, "etc/machine-id", `${createHash("md5").update(`${lab.name}/${name}`).digest("hex")}\n`);
  for (const type of hostKeyTypes) {
    const target = join(root, `etc/ssh/ssh_host_${type}_key`);
    copyFileSync(hostKeyFile(lab, name, type), target);
    chmodSync(target, 0o600);
    copyFileSync(`${hostKeyFile(lab, name, type)}.pub`, `${target}.pub`);
  }
  const publicKey = readFileSync(`${operatorFiles(lab.runFolder).key}.pub`, "utf8");
  for (const { home, id } of logins) {
    write(root, `${home}/.ssh/authorized_keys`, publicKey, 0o600);
    chmodSync(join(root, home, ".ssh"), 0o700);
    for (const path of [".ssh", ".ssh/authorized_keys"]) chownSync(join(root, home, path), id, id);
  }
  await setSudoPassword(lab, root);
  if (host.kubernetes) {
    write(root, "etc/cni/net.d/10-bridge.conflist", cniConfiguration(addressesOf(host)));
    write(
      root,
      "etc/sysctl.d/99-kubernetes-cri.conf",
      "net.ipv4.ip_forward = 1\n-net.bridge.bridge-nf-call-iptables = 1\n" +
        (addressesOf(host).some(isIPv6) ? SIX_SYSCTLS : ""),
    );
    write(root, PODS_RESOLV_CONF, `nameserver ${scenario.operator.address}\noptions timeout:1 attempts:1\n`);
    if (scenario.containerd !== undefined) {
      const folder = containerdFolder(lab.buildFolder, scenario.containerd);
      for (const program of CONTAINERD) copyFileSync(join(folder, program), join(root, "usr/bin", program));
    }
    enable(root, "containerd.service");
    // A kubelet without its configuration would fail once in ten seconds; kubeadm wants it enabled all the same.
    symlinkSync(
      "../kubelet.service",
      join(root, "etc/systemd/system/multi-user.target.wants/kubelet.service"),
    );
  }
}
