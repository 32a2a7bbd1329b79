import { etcdStatuses, type EtcdStatus } from "../../cluster/etcd-status.js";
import { mebibytes } from "../../cluster/etcd-database.js";
import { firstMaster } from "../../inventory/targets.js";
import type { DoctorCheck, Finding } from "../check.js";

/** etcd's default (server/storage/quota.go, DefaultQuotaBytes). */
const DEFAULT_QUOTA = 2 * 2 ** 30;
const FULL = 0.8;
const FILLING = 0.5;
/** Of a smaller database, free pages do not matter. */
const LARGE = 256 * 2 ** 20;

interface Facts {
  readonly statuses: readonly EtcdStatus[];
  /** Of the first master's member, in bytes; `undefined`: the default. */
  readonly quota?: number;
}

/** etcd's databases are far from their quota, and not fragmented. */
export const etcdSize: DoctorCheck<Facts> = {
  id: "etcd-size",
  title: "etcd's databases are well below their quota, and not fragmented",
  upstream: "https://etcd.io/docs/latest/op-guide/maintenance/",
  probe: (fleet) => etcdStatuses(fleet),
  findings: ({ statuses, quota = DEFAULT_QUOTA }, inventory) =>
    statuses.flatMap(({ member, dbSize, dbSizeInUse }): Finding[] => {
      const share = dbSize / quota;
      const used = `${mebibytes(dbSize)} of ${mebibytes(quota)}`;
      const at = `on the machine of ${member}`;
      const defrag = `when the other members are healthy, ${at}: etcdctl defrag (in the etcd container); it does not answer meanwhile`;
      const isFragmented = dbSize > LARGE && dbSizeInUse < dbSize / 2;
      const size: Finding[] =
        share < FILLING
          ? []
          : [
              {
                severity: share < FULL ? "warning" : "error",
                host: firstMaster(inventory).name,
                what: `the database of etcd member ${member} has ${used}; at the quota, etcd refuses writes (NOSPACE)`,
                fix: isFragmented
                  ? defrag
                  : "find out what writes so much: kubectl get --raw /metrics | grep apiserver_storage_objects; or raise quota-backend-bytes in etcd.local.extraArgs of kubeadm-config and the manifests",
              },
            ];
      const fragmented: Finding[] = isFragmented
        ? [
            {
              severity: "info",
              host: firstMaster(inventory).name,
              what: `the database of etcd member ${member} has ${mebibytes(dbSize)}, of which ${mebibytes(dbSizeInUse)} are in use`,
              fix: defrag,
            },
          ]
        : [];
      return [...size, ...fragmented];
    }),
};
