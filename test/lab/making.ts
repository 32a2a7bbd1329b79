import { join } from "node:path";
import type { Base } from "./build/base.js";
import { digest } from "./build/cached.js";
import { makeCluster } from "./cluster.js";
import { cloneTree } from "./disk.js";
import { hostRoot, startHost, stopHost, waitForLogin } from "./hosts.js";
import type { LabIdentity } from "./identity.js";
import { provision } from "./provision.js";
import type { Scenario } from "./scenario.js";
import { freshSnapshot, takeSnapshot } from "./snapshots.js";
import { sshOutput } from "./ssh.js";

/** A digest of everything the scenario's hosts are made of: another one means that they must be made anew. */
export function freshKey(base: Base, { hosts, cluster, operator, containerd }: Scenario): string {
  const code = ["cluster.ts", "kubeadm-config.ts", "making.ts", "provision.ts"].map((name) =>
    join(import.meta.dirname, name),
  );
  return digest([base.key, JSON.stringify({ hosts, cluster, operator, containerd })], code);
}

async function prepareHost(lab: LabIdentity, scenario: Scenario, name: string): Promise<void> {
  const { packages = [], enabled = [], commands = [] } = scenario.hosts[name] ?? {};
  const install = `DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends ${packages.join(" ")}`;
  const enable = `systemctl enable --quiet ${enabled.join(" ")}`;
  const all = [
    ...(packages.length > 0 ? [install] : []),
    ...(enabled.length > 0 ? [enable] : []),
    ...commands,
  ];
  for (const command of all) await sshOutput(lab, scenario, name, command);
}

/** Makes the scenario's hosts and cluster once, and keeps them as the fresh snapshot. The network is there already. */
export async function makeFresh(
  lab: LabIdentity,
  scenario: Scenario,
  base: Base,
  where: { family: string; key: string },
  say: (text: string) => void,
): Promise<void> {
  const names = Object.keys(scenario.hosts);
  say("the hosts' file systems");
  await Promise.all(
    names.map(async (name) => {
      await cloneTree(base.folder, hostRoot(lab, name));
      await provision(lab, scenario, name, hostRoot(lab, name));
    }),
  );
  const inCluster = scenario.cluster ? [scenario.cluster.init.host, ...scenario.cluster.join] : [];
  const booted = names.filter((name) => {
    const { packages = [], enabled = [], commands = [] } = scenario.hosts[name] ?? {};
    return inCluster.includes(name) || packages.length + enabled.length + commands.length > 0;
  });
  say(`booting ${booted.join(", ")}`);
  await Promise.all(
    booted.map(async (name) => {
      await startHost(lab, scenario, name);
      await waitForLogin(lab, scenario, name);
      await prepareHost(lab, scenario, name);
    }),
  );
  if (scenario.cluster) await makeCluster(lab, scenario, scenario.cluster, base, say);
  say("switching off");
  await Promise.all(booted.map((name) => stopHost(lab, name, true)));
  say("the snapshot");
  const on = names.filter((name) => scenario.hosts[name]?.boot);
  await takeSnapshot(lab, where.family, freshSnapshot, names, { key: where.key, on });
}
