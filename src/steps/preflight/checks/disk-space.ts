import { resolve } from "node:path";
import { etcdDatabaseBytes } from "../../../cluster/etcd-database.js";
import { etcdDataDir, etcdLayout } from "../../../cluster/etcd-layout.js";
import { kubeadmFacts } from "../../../cluster/kubeadm-config.js";
import type { Inventory } from "../../../inventory/schema.js";
import { members, type Group } from "../../../inventory/targets.js";
import { OPERATOR, type ReadOnlyFleet } from "../../../machine/fleet.js";
import { earlierBackups, type Earlier } from "../../../machine/earlier-backups.js";
import { freeSpace, type FreeSpace } from "../../../machine/free-space.js";
import type { ReadOnlyHost } from "../../../machine/host.js";
import type { Problem } from "../../step.js";
import { askEach, askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

/** A new master stores images, etcd data and logs; a load balancer little more than two packages. */
const NEEDED_MIB: Readonly<Record<Group, number>> = { controlPlane: 2048, loadBalancers: 256, workers: 64 };
/** Configuration files and their former versions; below /run: a join's configuration and an archive's errors. */
const SMALL_FILES_MIB = 8;
/** The files of a host in a backup: certificates, manifests, settings. */
const BACKUP_FILES_MIB = 16;
/** Files of container images, or of packages. */
const NEEDED_INODES: Readonly<Record<Group, number>> = {
  controlPlane: 5000,
  loadBalancers: 1000,
  workers: 100,
};
/** Of a file system without /var: configuration files, backups, or etcd's. */
const FEW_INODES = 100;
/** A database, and its snapshot as far as it is not moved: with less, the backup is refused, because a full disk stops etcd. */
const DATABASES = 1.5;
/** From this number on, earlier backups are reported even if there is enough space. */
const MANY_BACKUPS = 5;

interface HostSpace {
  readonly space: readonly FreeSpace[];
  readonly earlier: Earlier;
  /** The etcd database, whose snapshot is saved. */
  readonly etcd?: Database;
  /** The etcd database that a new member receives. */
  readonly arriving?: Database;
}

interface Database {
  readonly dataDir: string;
  readonly mib: number;
}

async function hostSpace(host: ReadOnlyHost, hostDirectory: string): Promise<HostSpace> {
  const [space, earlier] = await Promise.all([
    host.ask(freeSpace(["/var", "/etc", "/run", hostDirectory])),
    host.ask(earlierBackups(hostDirectory)),
  ]);
  return { space, earlier };
}

/** The data directory of a master's etcd member with its database, or with the one that arrives; `undefined` without a member. */
async function etcdSpace(
  host: ReadOnlyHost,
  fleet: ReadOnlyFleet,
): Promise<Pick<HostSpace, "space" | "etcd" | "arriving"> | undefined> {
  const { clusterConfiguration } = await kubeadmFacts(fleet);
  const layout = etcdLayout(clusterConfiguration, fleet.inventory);
  const first = fleet.firstMaster;
  if (layout === "external" || (layout === "first-master" && host.name !== first.name)) return undefined;
  const dataDir = etcdDataDir(clusterConfiguration);
  const [space, bytes = 0, own] = await Promise.all([
    host.ask(freeSpace([dataDir])),
    first.ask(etcdDatabaseBytes),
    host.ask(etcdDatabaseBytes),
  ]);
  const database = { dataDir, mib: Math.ceil(bytes / 2 ** 20) };
  if (host.name === first.name) return { space, etcd: database };
  return own === undefined ? { space, arriving: database } : undefined;
}

/** Every file system to which a run writes has enough free space. */
export const diskSpace: PreflightCheck<Answers<HostSpace>> = {
  id: "disk-space",
  probe: async (fleet) => {
    const { backup } = fleet.inventory;
    const [everywhere, etcd] = await Promise.all([
      askEach(fleet.hosts(), (host) => hostSpace(host, backup.hostDirectory)),
      askEquipped(fleet, fleet.hosts("controlPlane"), (host) => etcdSpace(host, fleet)),
    ]);
    const hosts = withEtcd(everywhere, etcd);
    if (backup.operatorCopy === "none") return hosts;
    const own = await askEach([fleet.host(OPERATOR)], async (host) => ({
      space: await host.ask(freeSpace([resolve(backup.operatorDirectory)])),
      earlier: await host.ask(earlierBackups(resolve(backup.operatorDirectory))),
    }));
    return {
      found: new Map<string, HostSpace>([...hosts.found, ...own.found]),
      failures: [...hosts.failures, ...own.failures],
    };
  },
  problems: ({ found, failures }, inventory) => [
    ...failures,
    ...[...found].flatMap(([name, host]) => {
      const directory =
        name === OPERATOR ? inventory.backup.operatorDirectory : inventory.backup.hostDirectory;
      const problems = [
        ...shortages(name, host, needs(name, found, inventory), directory),
        ...inodeShortages(name, host, inventory),
      ];
      return problems.length === 0 ? many(name, host.earlier, directory) : problems;
    }),
  ],
};

function withEtcd(
  hosts: Answers<HostSpace>,
  etcd: Answers<Pick<HostSpace, "space" | "etcd" | "arriving"> | undefined>,
): Answers<HostSpace> {
  const found = [...hosts.found].map(([name, host]): [string, HostSpace] => {
    const own = etcd.found.get(name);
    return [name, own === undefined ? host : { ...host, ...own, space: [...host.space, ...own.space] }];
  });
  const isNew = ({ host }: Problem): boolean => !hosts.failures.some((other) => other.host === host);
  return { found: new Map(found), failures: [...hosts.failures, ...etcd.failures.filter(isNew)] };
}

/** Path → MiB that a run may write there. */
function needs(
  name: string,
  found: ReadonlyMap<string, HostSpace>,
  inventory: Inventory,
): ReadonlyMap<string, number> {
  const all = members(inventory);
  const { hostDirectory, operatorDirectory } = inventory.backup;
  if (name === OPERATOR) {
    const databases = [...found.values()].reduce((sum, { etcd }) => sum + (etcd?.mib ?? 0), 0);
    return new Map([[resolve(operatorDirectory), databases + all.length * BACKUP_FILES_MIB]]);
  }
  const groups = all.find((member) => member.name === name)?.groups ?? [];
  const { etcd, arriving } = found.get(name) ?? {};
  const small = new Map([
    ["/var", Math.max(...groups.map((group) => NEEDED_MIB[group]))],
    ["/etc", SMALL_FILES_MIB],
    ["/run", SMALL_FILES_MIB],
    [hostDirectory, BACKUP_FILES_MIB + (etcd?.mib ?? 0)],
  ]);
  const database = etcd ?? arriving;
  return database === undefined ? small : small.set(database.dataDir, Math.ceil(database.mib * DATABASES));
}

/** How many files a run may create on the file system with these paths. */
function neededInodes(name: string, paths: readonly string[], inventory: Inventory): number {
  const groups = members(inventory).find((member) => member.name === name)?.groups ?? [];
  return paths.includes("/var") ? Math.max(...groups.map((group) => NEEDED_INODES[group])) : FEW_INODES;
}

function fileSystems(space: readonly FreeSpace[]) {
  return [...new Set(space.map(({ mount }) => mount))].map((mount) => {
    const here = space.filter((one) => one.mount === mount);
    return { mount, here, paths: here.map(({ path }) => path) };
  });
}

/** A blocker for each file system with less free space than all of its paths require together. */
function shortages(
  name: string,
  { space, earlier, etcd }: HostSpace,
  needed: ReadonlyMap<string, number>,
  directory: string,
): Problem[] {
  return fileSystems(space).flatMap(({ mount, paths, here }) => {
    // The snapshot is moved, not copied, to a backup on the same file system.
    const moved =
      etcd !== undefined && paths.includes(etcd.dataDir) && paths.includes(directory) ? etcd.mib : 0;
    const mib = paths.reduce((sum, path) => sum + (needed.get(path) ?? 0), 0) - moved;
    const free = Math.min(...here.map(({ freeMiB }) => freeMiB));
    if (free >= mib) return [];
    const removable =
      paths.includes(directory) && earlier.count > 0 ? `; ${backupsIn(directory, earlier)}` : "";
    return [
      blocker(
        name,
        `only ${free} MiB are free on ${mount} (for ${paths.join(", ")})`,
        `free disk space there: ${mib} MiB are required${removable}`,
      ),
    ];
  });
}

function inodeShortages(name: string, { space }: HostSpace, inventory: Inventory): Problem[] {
  return fileSystems(space).flatMap(({ mount, paths, here }) => {
    const needed = neededInodes(name, paths, inventory);
    const free = here.find(({ freeInodes }) => freeInodes !== undefined)?.freeInodes ?? needed;
    if (free >= needed) return [];
    const what = `only ${free} inodes are free on ${mount} (for ${paths.join(", ")})`;
    return [blocker(name, what, `remove files there (df -i ${mount}): ${needed} free inodes are required`)];
  });
}

function many(name: string, earlier: Earlier, directory: string): Problem[] {
  if (earlier.count < MANY_BACKUPS) return [];
  const fix = `remove those that are no longer needed: ls -d ${directory}/*`;
  return [{ severity: "warning", host: name, what: backupsIn(directory, earlier), fix }];
}

function backupsIn(directory: string, { count, mib }: Earlier): string {
  return `${count} earlier ${count === 1 ? "backup uses" : "backups use"} ${mib} MiB in ${directory}`;
}
