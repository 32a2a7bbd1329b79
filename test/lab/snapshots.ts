import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { cloneTree, discardTree } from "./disk.js";
import { LabError } from "./errors.js";
import { hostRoot } from "./hosts.js";
import type { LabIdentity } from "./identity.js";

/** The snapshot that `up` makes: the scenario as it is described. */
export const freshSnapshot = "fresh";

/** What a snapshot says about itself. */
export interface SnapshotMeta {
  /** A digest of what the snapshot was made of. */
  readonly key: string;
  /** The hosts that were switched on. */
  readonly on: readonly string[];
}

/** kubeadm's certificates live for a year. */
const oldestMs = 300 * 24 * 3600 * 1000;

function folderOf(lab: LabIdentity, family: string, name: string): string {
  return join(lab.mountPoint, "snapshots", family, name);
}

/** What a snapshot says about itself, if it is there, complete and not too old. */
export function snapshotMeta(lab: LabIdentity, family: string, name: string): SnapshotMeta | undefined {
  const file = join(folderOf(lab, family, name), "snapshot.json");
  if (!existsSync(file) || Date.now() - statSync(file).mtimeMs > oldestMs) return undefined;
  return JSON.parse(readFileSync(file, "utf8")) as SnapshotMeta;
}

/** The snapshots there are. */
export function snapshotNames(lab: LabIdentity, family: string): string[] {
  const folder = dirname(folderOf(lab, family, "any"));
  return existsSync(folder) ? readdirSync(folder).filter((name) => snapshotMeta(lab, family, name)) : [];
}

/** Keeps the (switched off) hosts' file systems under a name, in place of what had that name. */
export async function takeSnapshot(
  lab: LabIdentity,
  family: string,
  name: string,
  hosts: readonly string[],
  meta: SnapshotMeta,
): Promise<void> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new LabError(`${name}: letters, digits, '.', '_' and '-' only.`);
  const folder = folderOf(lab, family, name);
  const part = join(lab.mountPoint, "snapshots", "part");
  discardTree(lab, part);
  mkdirSync(part, { recursive: true });
  await Promise.all(hosts.map((host) => cloneTree(hostRoot(lab, host), join(part, host))));
  writeFileSync(join(part, "snapshot.json"), JSON.stringify(meta));
  discardTree(lab, folder);
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(part, folder);
}

/** Forgets every snapshot of a family. */
export function discardSnapshots(lab: LabIdentity, family: string): void {
  discardTree(lab, dirname(folderOf(lab, family, "any")));
}

/** Puts a host's file system back. */
export async function restoreHost(
  lab: LabIdentity,
  family: string,
  name: string,
  host: string,
): Promise<void> {
  await cloneTree(join(folderOf(lab, family, name), host), hostRoot(lab, host));
}
