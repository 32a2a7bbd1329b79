import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { LabIdentity } from "./identity.js";
import { waitFor } from "./waiting.js";

const imageBytes = 60 * 2 ** 30;

function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
}

/** Whether the hosts' file system is mounted. */
export function isMounted(lab: LabIdentity): boolean {
  return mountsBelow(lab.mountPoint).includes(lab.mountPoint);
}

/**
 * Mounts the hosts' file system, made when missing: XFS on a (sparse) loop image, where a copy of a host is a matter of
 * half a second, and which has the device number that the kubelet looks for (btrfs subvolumes have none).
 */
export async function mountDisk(lab: LabIdentity): Promise<void> {
  if (isMounted(lab)) return;
  mkdirSync(lab.mountPoint, { recursive: true });
  if (!existsSync(lab.imageFile)) {
    const half = `${lab.imageFile}.part`;
    rmSync(half, { force: true });
    await writeFile(half, "");
    await truncate(half, imageBytes);
    await execa("mkfs.xfs", ["-q", "-m", "reflink=1", half]);
    renameSync(half, lab.imageFile);
  }
  // A shared mount above it carries a later umount into the mount namespaces that others make meanwhile; otherwise
  // they would keep the disk, and the loop device, for as long as they live. Private first: below a root that is shared, as
  // systemd makes it, all that is mounted there would be mounted on the root as well.
  const above = dirname(lab.mountPoint);
  if (!mountsBelow(above).includes(above)) {
    await execa("mount", ["--bind", above, above]);
    await execa("mount", ["--make-private", above]);
    await execa("mount", ["--make-shared", above]);
  }
  await execa("mount", ["-o", "loop,noatime,nodiscard", lab.imageFile, lab.mountPoint]);
}

/** Unmounts it, and whatever a crashed run left mounted below; the loop device goes with it. */
export async function unmountDisk(lab: LabIdentity): Promise<void> {
  for (const point of mountsBelow(dirname(lab.mountPoint)).reverse()) await execa("umount", [point]);
  if (!existsSync(lab.imageFile)) return;
  await waitFor(
    `the loop device of ${lab.imageFile} to be free (another mount namespace holds it)`,
    10,
    async () => {
      const { stdout } = await execa("losetup", ["--noheadings", "--associated", lab.imageFile]);
      return stdout.trim() === "" ? true : undefined;
    },
  );
}

/** Copies a tree within the disk, sharing its blocks; it appears under its name only when complete. */
export async function cloneTree(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  await removeTree(`${to}.part`);
  await execa("cp", ["-a", "--reflink=auto", from, `${to}.part`]);
  renameSync(`${to}.part`, to);
}

/** Removes a tree, without ever following a mount out of it. */
export async function removeTree(folder: string): Promise<void> {
  await execa("rm", ["-rf", "--one-file-system", folder]);
}

/** Puts a tree aside, which is at once, so that it can be removed when there is time. */
export function discardTree(lab: LabIdentity, folder: string): void {
  if (!existsSync(folder)) return;
  const bin = join(lab.mountPoint, "discarded");
  mkdirSync(bin, { recursive: true });
  renameSync(folder, join(bin, `${Date.now()}-${Math.random().toString(36).slice(2)}`));
}

/** Removes what was put aside, and gives its blocks back to the machine, as the image would only ever grow. */
export async function emptyDiscarded(lab: LabIdentity): Promise<void> {
  await removeTree(join(lab.mountPoint, "discarded"));
  await execa("fstrim", [lab.mountPoint], { reject: false });
}
