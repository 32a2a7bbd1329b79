import { query, type Query } from "../machine/query.js";
import { MANIFESTS } from "../machine/static-pods.js";
import { sh } from "../shell/shell.js";
import { ETCD_DATA_DIR } from "./etcd-layout.js";

const DATA_DIR = String.raw`s/^ *- *["']\{0,1\}--data-dir=\([^"']*\)["']\{0,1\} *$/\1/p`;

/** The size of the database of a master's etcd member, in bytes; `undefined` without one. A new member receives all of it. */
export const etcdDatabaseBytes: Query<number | undefined> = query(
  sh`folder=$(sed -n ${DATA_DIR} ${`${MANIFESTS}/etcd.yaml`} 2>/dev/null | head -n 1)
[ -n "$folder" ] || folder=${ETCD_DATA_DIR}
stat -c %s "$folder/member/snap/db" 2>/dev/null || true`,
  (out) => (out.trim() === "" ? undefined : Number(out)),
);

/** The link that estimates assume, in bytes per second: 100 Mbit/s. */
const LINK = 12_500_000;

/** How long a database takes over {@link LINK}, in whole seconds. */
export function transferSeconds(bytes: number): number {
  return Math.round(bytes / LINK);
}

/** A database and the link for which {@link transferSeconds} is: `512 MiB at 100 Mbit/s`. */
export function transferText(bytes: number): string {
  return `${mebibytes(bytes)} at 100 Mbit/s`;
}

/** Such as `512 MiB`. */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
