import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { makeImages } from "./build/base.js";
import { privateApt } from "./build/private-apt.js";
import { buildPrograms } from "./build/programs.js";
import { makeRootTree } from "./build/root-tree.js";
import { cloneTree, removeTree } from "./disk.js";
import { hostRoot, isRunning } from "./hosts.js";
import type { LabIdentity } from "./identity.js";
import { buildingAlone } from "./lock.js";
import type { Scenario } from "./scenario.js";
import { sshOutput } from "./ssh.js";
import { codename, type Release } from "./versions.js";

/** Puts what an upgrade needs on the hosts that are on: programs in `/opt/kubernetes/VERSION`, images in containerd. */
export async function offer(lab: LabIdentity, scenario: Scenario, release: Release): Promise<void> {
  const apt = privateApt(lab.buildFolder, codename(release));
  const isAsked = (name: string) => scenario.hosts[name]?.kubernetes && isRunning(lab, name);
  const names = Object.keys(scenario.hosts).filter(isAsked);
  const { folder, images } = await buildingAlone(lab, async () => {
    const programs = await buildPrograms(lab.buildFolder, release.kubernetes);
    const archive = await makeRootTree(lab.buildFolder, apt);
    const images = await makeImages(lab.buildFolder, apt, programs, archive, hostRoot(lab, names[0] ?? ""));
    return { folder: programs.folder, images };
  });
  const path = join("opt/kubernetes", release.kubernetes);
  const once = join(lab.mountPoint, "offer");
  await removeTree(once);
  mkdirSync(join(once, "images"), { recursive: true });
  const programs = ["kubeadm", "kubelet", "kubectl"].map((name) => join(folder, name));
  await execa("cp", [...programs, once]);
  await execa("cp", ["-r", `${images}/.`, join(once, "images")]);
  await Promise.all(
    names.map(async (name) => {
      await removeTree(join(hostRoot(lab, name), path));
      await cloneTree(once, join(hostRoot(lab, name), path));
      const load = `for each in /${path}/images/*.tar; do ctr -n k8s.io images import "$each" || exit; done`;
      await sshOutput(lab, scenario, name, `${load}; rm -r /${path}/images`);
    }),
  );
  await removeTree(once);
}
