import { flag } from "../config-files/static-pod.js";
import { readFile } from "../machine/files.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { remoteAttempt } from "../machine/query.js";
import { MANIFESTS } from "../machine/static-pods.js";
import { sh } from "../shell/shell.js";
import { ASK, etcdMembers } from "./etcd.js";

/** The size of an etcd member's database, in bytes. */
export interface EtcdStatus {
  readonly member: string;
  readonly dbSize: number;
  /** Without free pages, which a defragmentation returns to the file system. */
  readonly dbSizeInUse: number;
}

/**
 * The databases of the members that answer, through the gateway (etcd: Maintenance.Status), and the first master's quota
 * if it is not the default.
 */
export async function etcdStatuses(
  fleet: ReadOnlyFleet,
): Promise<{ readonly statuses: readonly EtcdStatus[]; readonly quota?: number }> {
  const [members, manifest] = await Promise.all([
    etcdMembers(fleet),
    fleet.firstMaster.ask(readFile(`${MANIFESTS}/etcd.yaml`)),
  ]);
  const quota = manifest === undefined ? 0 : Number(flag(manifest.content, "quota-backend-bytes") ?? 0);
  const own = quota === 0 ? {} : { quota };
  const urls = members.flatMap(({ name, clientURLs }) =>
    clientURLs.slice(0, 1).map((url) => ({ name, url })),
  );
  if (urls.length === 0) return { statuses: [], ...own };
  const script = sh`${ASK}
for url in ${urls.map(({ url }) => url)}; do printf '%s ' "$url"; ask -d '{}' "$url/v3/maintenance/status" 2>/dev/null || true; echo; done`;
  const statuses = await fleet.firstMaster.ask(
    remoteAttempt(script, ({ stdout }) =>
      stdout.split("\n").flatMap((line): EtcdStatus[] => {
        const [url = "", ...rest] = line.split(" ");
        const member = urls.find((one) => one.url === url)?.name;
        const size = sizesIn(rest.join(" "));
        return member === undefined || size === undefined ? [] : [{ member, ...size }];
      }),
    ),
  );
  return { statuses, ...own };
}

/** The gateway writes 64-bit numbers as strings. */
function sizesIn(text: string): Pick<EtcdStatus, "dbSize" | "dbSizeInUse"> | undefined {
  try {
    const { dbSize, dbSizeInUse } = JSON.parse(text) as { dbSize?: string; dbSizeInUse?: string };
    if (dbSize === undefined) return undefined;
    return { dbSize: Number(dbSize), dbSizeInUse: Number(dbSizeInUse ?? dbSize) };
  } catch {
    return undefined;
  }
}
