import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { removeTree } from "../disk.js";
import type { LabIdentity } from "../identity.js";
import { runContained } from "../orphan-safe.js";
import { cached, digest } from "./cached.js";
import type { PrivateApt } from "./private-apt.js";
import type { Programs } from "./programs.js";
import { installable, makeRepository } from "./root-tree.js";

const here = import.meta.dirname;
const hostFiles = join(here, "..", "host");

/** The tree that every new host is a copy of, and what it was made of. */
export interface Base {
  readonly folder: string;
  readonly key: string;
  /** Of Kubernetes and Debian: `v1.37.2-trixie`. */
  readonly name: string;
  /** Of Kubernetes: `v1.37.2`. */
  readonly version: string;
  readonly pauseImage: string;
}

/**
 * Packs the programs into container images, once for each version of Kubernetes and Debian; the folder with a tar file
 * for each. What kube-proxy needs of a host comes from a tree made of the archive.
 */
export async function makeImages(
  buildFolder: string,
  apt: PrivateApt,
  programs: Programs,
  archive: string,
  tree: string,
): Promise<string> {
  const images = join(buildFolder, "images", `${programs.version}-${apt.codename}`);
  mkdirSync(join(buildFolder, "images"), { recursive: true });
  const key = digest(
    [readFileSync(`${archive}.key`, "utf8"), programs.key, ...programs.images],
    [join(here, "images.sh")],
  );
  await cached(`${images}.key`, key, async () => {
    await removeTree(images);
    const line = [join(here, "images.sh"), programs.folder, programs.others, tree, images];
    await runContained(line, { input: `${programs.images.join("\n")}\n` });
  });
  return images;
}

/** Makes the tree that hosts are copies of, on the lab's disk, once for each version of Kubernetes and Debian. */
export async function makeBase(
  lab: LabIdentity,
  apt: PrivateApt,
  programs: Programs,
  archive: string,
): Promise<Base> {
  const name = `${programs.version}-${apt.codename}`;
  const folder = join(lab.mountPoint, `base-${name}`);
  const part = `${folder}.part`;
  const pauseImage = programs.images.find((image) => image.includes("/pause:")) ?? "";
  const inputs = [join(here, "images.sh"), join(here, "base.sh"), hostFiles];
  const parts = [readFileSync(`${archive}.key`, "utf8"), programs.key, ...programs.images, ...installable];
  const key = digest(parts, inputs);
  const stamp = `${folder}.key`;
  if (!existsSync(folder)) await removeTree(stamp);
  await cached(stamp, key, async () => {
    await removeTree(part);
    mkdirSync(part, { recursive: true });
    await execa("tar", ["-C", part, "-xpf", archive]);
    const debs = await makeRepository(lab.buildFolder, apt, part);
    const images = await makeImages(lab.buildFolder, apt, programs, archive, part);
    const args = [part, programs.folder, images, debs, hostFiles, pauseImage];
    await runContained([join(here, "base.sh"), ...args]);
    await removeTree(folder);
    renameSync(part, folder);
  });
  return { folder, key, name, version: programs.version, pauseImage };
}
