import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { removeTree } from "../disk.js";
import type { LabIdentity } from "../identity.js";
import { runContained } from "../orphan-safe.js";
import { cached, digest } from "./cached.js";
import type { PrivateApt } from "./private-apt.js";
import type { Programs } from "./programs.js";
import { installable, makeRepository, rootTreeKey } from "./root-tree.js";

const here = import.meta.dirname;
const hostFiles = join(here, "..", "host");

/** The tree that every new host is a copy of, and what it was made of. */
export interface Base {
  readonly folder: string;
  readonly key: string;
  readonly version: string;
  readonly pauseImage: string;
}

/** Makes the tree that hosts are copies of, on the lab's disk, once for each version of Kubernetes. */
export async function makeBase(
  lab: LabIdentity,
  apt: PrivateApt,
  programs: Programs,
  standIns: string,
): Promise<Base> {
  const folder = join(lab.mountPoint, `base-${programs.version}`);
  const part = `${folder}.part`;
  const archive = join(lab.buildFolder, "root.tar");
  const pauseImage = programs.images.find((name) => name.includes("/pause:")) ?? "";
  const inputs = [join(here, "images.sh"), join(here, "base.sh"), hostFiles, standIns];
  const parts = [readFileSync(`${archive}.key`, "utf8"), programs.key, ...programs.images, ...installable];
  const key = digest(parts, inputs);
  const stamp = `${folder}.key`;
  if (!existsSync(folder)) await removeTree(stamp);
  await cached(stamp, key, async () => {
    await removeTree(part);
    mkdirSync(part, { recursive: true });
    await execa("tar", ["-C", part, "-xpf", archive]);
    await makeRepository(lab.buildFolder, apt, part);
    const images = join(lab.buildFolder, "images", programs.version);
    const imagesKey = digest([rootTreeKey(lab.buildFolder), key]);
    mkdirSync(join(lab.buildFolder, "images"), { recursive: true });
    await cached(`${images}.key`, imagesKey, async () => {
      await removeTree(images);
      const etcd = join(lab.buildFolder, "etcd");
      const line = [join(here, "images.sh"), programs.folder, etcd, standIns, part, images];
      await runContained(line, { input: `${programs.images.join("\n")}\n` });
    });
    const debs = join(lab.buildFolder, "debs");
    const args = [part, programs.folder, images, debs, hostFiles, pauseImage];
    await runContained([join(here, "base.sh"), ...args]);
    await removeTree(folder);
    renameSync(part, folder);
    writeFileSync(`${folder}.key`, key);
  });
  return { folder, key, version: programs.version, pauseImage };
}
