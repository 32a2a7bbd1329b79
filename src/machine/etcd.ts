import { Failure } from "../failure.js";
import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyFleet } from "./fleet.js";
import { crictl } from "./container-runtime.js";
import type { ReadOnlyHost } from "./host.js";
import { query, remoteQuery, type Query } from "./query.js";

const PKI = "/etc/kubernetes/pki/etcd";

/** The arguments that make etcdctl, inside an etcd pod of kubeadm's, speak to these endpoints. */
function etcdctl(endpoints: readonly string[], args: readonly string[]): readonly string[] {
  return [
    "etcdctl",
    `--endpoints=${endpoints.join(",")}`,
    `--cacert=${PKI}/ca.crt`,
    `--cert=${PKI}/healthcheck-client.crt`,
    `--key=${PKI}/healthcheck-client.key`,
    ...args,
  ];
}

/** A member of the etcd cluster. */
export interface EtcdMember {
  /** Empty for a member that was added and never started. */
  readonly name: string;
  /** Decimal, in a string: it is above 2^53. */
  readonly id: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
  readonly healthy: boolean;
}

/** A command in the etcd container of this very host, through its runtime: neither API nor kubelet is needed. */
export function inEtcd(command: readonly string[]): Shell {
  return sh`(id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1); [ -n "$id" ] || { echo "etcd does not run" >&2; exit 1; }
${crictl(sh`exec "$id" ${command}`)})`;
}

/** etcdctl in the etcd container of this very host. */
export function onHost(args: readonly string[]): Shell {
  return inEtcd(etcdctl(["https://127.0.0.1:2379"], args));
}

const LIST = "https://127.0.0.1:2379/v3/cluster/member/list";

/**
 * Asks the etcd member of the first master for all members, through the gRPC gateway that etcd has since 3.4, and then
 * each of them whether it is healthy: `{"health":"true"}`, or `false` where it has no leader or an alarm.
 */
const MEMBERS = sh`ask() { curl -q -sS --connect-timeout 2 --max-time 5 --cacert ${`${PKI}/ca.crt`} --cert ${`${PKI}/healthcheck-client.crt`} --key ${`${PKI}/healthcheck-client.key`} "$@"; }
members=$(ask -d '{}' ${LIST}) || exit 1
printf '%s\n' "$members"
set --
for url in $(printf %s "$members" | grep -o '"clientURLs":\[[^]]*' | grep -o 'https\{0,1\}://[^"]*'); do set -- "$@" "$url/health"; done
[ $# = 0 ] || ask -w '\n%{url_effective}\n' "$@" 2>/dev/null || true`;

/** Every etcd member with its health, as the first master's own member tells it; it answers without the API too. */
export function etcdMembers(fleet: ReadOnlyFleet): Promise<readonly EtcdMember[]> {
  return fleet.firstMaster.ask(remoteQuery(MEMBERS, parseMembers, { shownAs: `curl ${LIST}` }));
}

/** Reads the gateway's list of members, and below it what each client URL says of its health, followed by that URL. */
export function parseMembers(text: string): EtcdMember[] {
  const [list = ""] = text.split("\n", 1);
  const { members, error = list } = parseList(list);
  if (members === undefined) throw new Failure(`etcd does not list its members: ${error}`);
  const healthy = new Set([...text.matchAll(HEALTHY)].map(([, url]) => url));
  return members.map(({ ID, name = "", peerURLs = [], clientURLs = [], isLearner = false }) => ({
    id: ID,
    name,
    peerURLs,
    clientURLs,
    isLearner,
    healthy: clientURLs.some((url) => healthy.has(url)),
  }));
}

/** What is no JSON has no members either. */
function parseList(list: string): { members?: readonly ListedMember[]; error?: string } {
  try {
    return JSON.parse(list) as { members?: readonly ListedMember[]; error?: string };
  } catch {
    return {};
  }
}

const HEALTHY = /"health":\s*"true".*\n+(\S+)\/health$/gm;

/** A member as the gateway writes it: what is empty or false is left out. */
interface ListedMember {
  readonly ID: string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}

/** The id of the member that leads, decimal, as a master's own member tells it; `undefined` while nobody does. */
export function etcdLeader(master: ReadOnlyHost): Promise<string | undefined> {
  return master.ask(
    remoteQuery(
      onHost(["endpoint", "status", "-w", "json"]),
      (out) => /"leader":\s*([1-9]\d*)/.exec(out)?.[1],
    ),
  );
}

/** An id as etcdctl wants it on its command line. */
export function etcdId(decimal: string): string {
  return BigInt(decimal).toString(16);
}

/**
 * The addresses of the peers without which the etcd of this very host has no quorum; none where it has one, or does not
 * run. Restarted in that state, as its kubelet does after a minute, etcd answers nobody: its log alone tells.
 */
export const missedPeers: Query<readonly string[]> = query(
  sh`curl -q -sS --max-time 5 http://127.0.0.1:2381/health 2>/dev/null | grep -q '"health": *"true"' && exit 0
id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1)
if [ -n "$id" ]; then ${crictl(sh`logs --tail 3000 "$id"`)} 2>&1; fi | sed -n 's/.*dial tcp \([0-9.]*\):2380:.*/\1/p' | sort -u`,
  (out) => out.split("\n").filter((address) => address !== ""),
);

/** The member at a machine's address; `undefined` for none. */
export function memberAt(members: readonly EtcdMember[], address: string): EtcdMember | undefined {
  return members.find(({ peerURLs }) => peerURLs.includes(`https://${address}:2380`));
}
