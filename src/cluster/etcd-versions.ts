import type { ReadOnlyFleet } from "../machine/fleet.js";
import { remoteAttempt } from "../machine/query.js";
import { sh } from "../shell/shell.js";
import { ASK, etcdMembers } from "./etcd.js";

/**
 * The version of each etcd member that answers, such as `3.5.15`, by the member's name; from `/version` of its client URLs
 * (etcd: server/etcdserver/api/etcdhttp/version.go).
 */
export async function etcdVersions(fleet: ReadOnlyFleet): Promise<ReadonlyMap<string, string>> {
  const members = await etcdMembers(fleet);
  const urls = members.flatMap(({ clientURLs }) => clientURLs.map((url) => `${url}/version`));
  if (urls.length === 0) return new Map();
  const script = sh`${ASK}
ask -w '\n%{url_effective}\n' ${urls} 2>/dev/null`;
  const versions = await fleet.firstMaster.ask(
    remoteAttempt(
      script,
      ({ stdout }) =>
        new Map([...stdout.matchAll(ANSWER)].map(([, version = "", url = ""]) => [url, version] as const)),
    ),
  );
  return new Map(
    members.flatMap(({ name, clientURLs }) => {
      const version = clientURLs.map((url) => versions.get(url)).find((one) => one !== undefined);
      return version === undefined ? [] : [[name, version] as const];
    }),
  );
}

const ANSWER = /"etcdserver":\s*"([^"]+)".*\n+(\S+)\/version$/gm;
