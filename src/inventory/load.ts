import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { parseChecked } from "../config-source/parse-checked.js";
import { readText } from "../config-source/read-text.js";
import { inventorySchema, type Inventory } from "./schema.js";

/** An inventory and its file. */
export interface LoadedInventory {
  /** The file's absolute path. */
  readonly path: string;
  /** Validated, with defaults, and with all paths on the operator's machine absolute. */
  readonly inventory: Inventory;
}

interface SshFiles {
  identityFiles?: string[] | undefined;
  knownHostsFiles?: string[] | undefined;
}

function absolute(path: string, base: string): string {
  return resolve(base, path.replace(/^~(?=\/|$)/, homedir()));
}

function absoluteSsh<Ssh extends SshFiles>(ssh: Ssh, base: string): Ssh {
  const all = (paths: string[]) => paths.map((path) => absolute(path, base));
  return {
    ...ssh,
    ...(ssh.identityFiles !== undefined && { identityFiles: all(ssh.identityFiles) }),
    ...(ssh.knownHostsFiles !== undefined && { knownHostsFiles: all(ssh.knownHostsFiles) }),
  };
}

function absoluteHosts<Member extends { ssh?: SshFiles | undefined }>(
  hosts: Member[],
  base: string,
): Member[] {
  return hosts.map((host) => ({
    ...host,
    ...(host.ssh !== undefined && { ssh: absoluteSsh(host.ssh, base) }),
  }));
}

function absoluteStats(stats: Inventory["loadBalancer"]["stats"], base: string): typeof stats {
  if (stats === false || stats.passwordFile === undefined) return stats;
  return { ...stats, passwordFile: absolute(stats.passwordFile, base) };
}

function absolutePaths(inventory: Inventory, base: string): Inventory {
  const { backup, loadBalancer, ssh } = inventory;
  return {
    ...inventory,
    backup: {
      ...backup,
      operatorDirectory: absolute(backup.operatorDirectory, base),
      ...(backup.passphraseFile !== undefined && { passphraseFile: absolute(backup.passphraseFile, base) }),
    },
    loadBalancer: { ...loadBalancer, stats: absoluteStats(loadBalancer.stats, base) },
    ssh: {
      ...absoluteSsh(ssh, base),
      ...(ssh.sudoPasswordFile !== undefined && { sudoPasswordFile: absolute(ssh.sudoPasswordFile, base) }),
    },
    controlPlane: absoluteHosts(inventory.controlPlane, base),
    loadBalancers: absoluteHosts(inventory.loadBalancers, base),
    workers: absoluteHosts(inventory.workers, base),
  };
}

/**
 * Parses and validates an inventory's text. `~` is expanded; other relative paths are relative to the file's directory.
 * @throws InvalidFile with every problem as `file:line:column: what`
 */
export function parseInventory(text: string, fileName: string): LoadedInventory {
  const path = resolve(fileName);
  const inventory = parseChecked(text, fileName, inventorySchema, "docs/inventory.md explains every key");
  return { path, inventory: absolutePaths(inventory, dirname(path)) };
}

/**
 * Reads and validates an inventory file.
 * @throws InvalidFile if it cannot be read or is invalid
 */
export async function loadInventory(path: string): Promise<LoadedInventory> {
  return parseInventory(await readText(path), path);
}
