import { etcdDatabaseBytes } from "../cluster/etcd-database.js";
import { onHost, snapshotThroughGateway, WHOLE } from "../cluster/etcd.js";
import type { WritableHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { sh, shellLines, type Shell } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";
import { copyToOperator, type OperatorCopy } from "./operator-copy.js";

/** Saves the state of a host before this run. */
export interface BackupChange extends BaseChange, OperatorCopy {
  readonly kind: "backup";
  /** Files and folders that are saved if they exist. */
  readonly paths: readonly string[];
  /** The etcd to save, with the cluster's objects: this host's member, or the external etcd of its apiserver. */
  readonly etcd?: { readonly dataDir: string } | "external";
}

/** Where kubeadm saves etcd's data and manifests before each of its upgrades. */
const KUBEADM_BACKUPS = "etc/kubernetes/tmp";
const OBJECTS = [
  ["-n", "kube-system", "get", "configmap", "kubeadm-config", "-o", "yaml"],
  ["-n", "kube-system", "get", "configmap", "kube-proxy", "-o", "yaml", "--ignore-not-found"],
  ["-n", "kube-public", "get", "configmap", "cluster-info", "-o", "yaml"],
  ["-n", "default", "get", "endpoints", "kubernetes", "-o", "yaml"],
  ["get", "nodes", "-o", "yaml"],
];

/** Saves files, etcd and objects on the host with mode 0600, and copies them to the operator if requested. */
export const backupKind: ChangeKind<BackupChange> = {
  kind: "backup",
  mark: "+",
  describe: (c) =>
    `save ${c.etcd === undefined ? "files" : "files, etcd and cluster objects"} to ${c.directory}`,
  diff: (c) =>
    [...(c.etcd === undefined ? [] : ["etcd snapshot", "ConfigMaps, Endpoints, Nodes"]), ...c.paths]
      .map((what) => `+ ${what}`)
      .join("\n"),
  async apply(c, context) {
    const { host, runId } = context;
    const folder = `${c.directory}/${runId}`;
    await host.run(
      shellLines(
        sh`set -eu
umask 077
mkdir -p ${folder}
cd ${folder}`,
        ...(c.etcd === undefined ? [] : [saveEtcd(c.etcd, host), saveObjects(host)]),
        sh`set --
for p in ${c.paths.map((path) => path.replace(/^\//, ""))}; do if [ -e "/$p" ]; then set -- "$@" "$p"; fi; done
if [ $# -gt 0 ]; then tar -C / --anchored --exclude=${KUBEADM_BACKUPS} -czf files.tar.gz "$@"; fi
rm -f SHA256SUMS
set -- *
sums=$(if [ -e "$1" ]; then sha256sum -- "$@"; fi)
echo "$sums" >SHA256SUMS
sync SHA256SUMS .`,
      ),
      { timeoutSeconds: await backupSeconds(c, host) },
    );
    if (c.operatorCopy !== "none") await copyToOperator(c, context);
  },
  undo: { stays: (c) => `the backup stays in ${c.directory}` },
};

/** A slow disk writes so many bytes of a snapshot, and reads it again, in a second. */
const SLOW_DISK = 2_000_000;

/** The time limit of a backup, in seconds, by the size of etcd's database. That of an external etcd is unknown here. */
async function backupSeconds({ etcd }: BackupChange, host: WritableHost): Promise<number> {
  if (etcd === "external") return 14_400;
  const bytes = etcd === undefined ? 0 : ((await host.ask(etcdDatabaseBytes)) ?? 0);
  return 900 + Math.ceil(bytes / SLOW_DISK);
}

function saveEtcd(etcd: NonNullable<BackupChange["etcd"]>, host: WritableHost): Shell {
  if (etcd === "external") return snapshotThroughGateway("etcd.db");
  const { dataDir } = etcd;
  // The data folder is the only path that etcd's container shares with the host.
  const snapshot = `${dataDir}/k8s-ha-snapshot.db`;
  return shellLines(
    // A full disk under etcd would stop the API: the snapshot needs about as much space as the database.
    sh`data=${dataDir} snapshot=${snapshot}
clean() { rm -f "$snapshot" "$snapshot.part"; }
trap clean EXIT
trap 'exit 1' HUP INT TERM
clean
need=$(du -sk "$data"/member/snap/db 2>/dev/null | cut -f1 | grep . || echo 0)
free=$(df -Pk "$data" | awk 'END { print $4 }')
if [ "$free" -lt $((need * 3 / 2)) ]; then echo "$free KiB are free in $data; a snapshot of $need KiB requires 1.5 times that space" >&2; exit 1; fi`,
    sh`${onHost(host, ["snapshot", "save", snapshot])} >/dev/null`,
    // etcdctl has no "snapshot status" since 3.6, and kubeadm's image has no etcdutl.
    sh`${WHOLE}
whole "$snapshot" || { echo "the etcd snapshot is corrupt: its SHA-256 does not match its content" >&2; exit 1; }`,
    sh`mv "$snapshot" etcd.db`,
  );
}

function saveObjects(master: WritableHost): Shell {
  return sh`{ ${shellLines(...OBJECTS.map((args) => sh`${kubectl(master, args)}; echo ---`))}
} >objects.yaml`;
}
