import { ETCD_PEER_PORT } from "../ports.js";
import { hostOf, httpsUrl, isIPv6 } from "../address.js";
import { Failure } from "../failure.js";
import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { crictl } from "../machine/container-runtime.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { query, remoteAttempt, remoteQuery, type Query } from "../machine/query.js";
import { MANIFESTS } from "../machine/static-pods.js";

const PKI = "/etc/kubernetes/pki/etcd";

/** The etcdctl command for these endpoints, inside a kubeadm etcd pod. */
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
  /** Empty for a member that was added but has never started. */
  readonly name: string;
  /** Decimal, as a string: it may exceed 2^53. */
  readonly id: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
  readonly healthy: boolean;
}

/** A command in the host's etcd container, through its runtime: needs neither API nor kubelet. */
function inEtcd(command: readonly string[]): Shell {
  return sh`(id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1); [ -n "$id" ] || { echo "etcd is not running" >&2; exit 1; }
${crictl(sh`exec "$id" ${command}`)})`;
}

/** etcdctl in a host's etcd container, for its own member; kubeadm's etcd listens on the loopback address of its family. */
export function onHost({ address }: Pick<ReadOnlyHost, "address">, args: readonly string[]): Shell {
  return inEtcd(etcdctl([httpsUrl(isIPv6(address) ? "::1" : "127.0.0.1", 2379)], args));
}

/** sed: extracts `servers=…`, `cafile=…`, `certfile=…` and `keyfile=…` from a manifest. */
const ETCD_FLAGS = String.raw`s/^ *- *["']\{0,1\}--etcd-\(servers\|cafile\|certfile\|keyfile\)=\([^"']*\)["']\{0,1\} *$/\1=\2/; t found
d
:found
/^servers=/s/,/ /g`;

/**
 * Shell that defines `ask`, curl with the host's apiserver-etcd client certificate, and `$servers`, the apiserver's etcd
 * servers; from its manifest, or kubeadm's defaults. This works for any location of etcd, and without the API.
 */
export const ASK = sh`servers= ca= cert= key=
IFS='
'
for flag in $(sed ${ETCD_FLAGS} ${`${MANIFESTS}/kube-apiserver.yaml`} 2>/dev/null); do
  value=\${flag#*=}
  case $flag in servers=*) servers=$value ;; cafile=*) ca=$value ;; certfile=*) cert=$value ;; keyfile=*) key=$value ;; esac
done
unset IFS
[ -n "$servers" ] || { servers=https://127.0.0.1:2379 ca=${`${PKI}/ca.crt`} cert=${`${PKI}/healthcheck-client.crt`} key=${`${PKI}/healthcheck-client.key`}; }
ask() {
  [ -z "$key" ] || set -- --cert "$cert" --key "$key" "$@"
  [ -z "$ca" ] || set -- --cacert "$ca" "$@"
  curl -q -sS --connect-timeout 2 --max-time 5 "$@"
}`;

/**
 * Lists all etcd members through the gRPC gateway (since etcd 3.4), then requests the health of each:
 * `{"health":"true"}`, or `false` without a leader or with an alarm. If a port serves only gRPC, curl exits with 1
 * (HTTP/0.9) or 92 (HTTP/2 framing), tested with etcd 3.7.
 */
const MEMBERS = sh`${ASK}
for server in $servers; do members=$(ask -d '{}' "$server/v3/cluster/member/list") && break; done || {
  case $? in 1 | 92) echo "etcd serves only gRPC at $servers: with --listen-client-http-urls (httpEndpoints of kubeadm-config), its HTTP gateway has other URLs; k8s-ha requires the gateway at the URLs that the apiserver uses" >&2 ;; esac
  exit 1
}
printf '%s\n' "$members"
set --
for url in $(printf %s "$members" | grep -o '"clientURLs":\[\("[^"]*",\{0,1\}\)*' | grep -o 'https\{0,1\}://[^"]*'); do set -- "$@" "$url/health"; done
[ $# = 0 ] || ask -w '\n%{url_effective}\n' "$@" 2>/dev/null || true`;

/** All etcd members with their health, from the etcd of the first master's apiserver; works without the API. */
export function etcdMembers(fleet: ReadOnlyFleet): Promise<readonly EtcdMember[]> {
  return fleet.firstMaster.ask(
    remoteQuery(MEMBERS, parseMembers, { shownAs: "curl ETCD/v3/cluster/member/list" }),
  );
}

const ALARMS = sh`${ASK}
for server in $servers; do ask -d '{"action":"GET"}' "$server/v3/maintenance/alarm" && exit; done
exit 1`;

/**
 * The alarms of the etcd members, such as `NOSPACE (member master2)`, through the gateway (etcd: server/etcdserver/api/v3rpc,
 * Maintenance.Alarm; AlarmType of raft's api).
 */
export async function etcdAlarms(fleet: ReadOnlyFleet): Promise<readonly string[]> {
  const [members, alarms] = await Promise.all([
    etcdMembers(fleet),
    fleet.firstMaster.ask(remoteQuery(ALARMS, parseAlarms, { shownAs: "curl ETCD/v3/maintenance/alarm" })),
  ]);
  return alarms.map(({ memberID = "", alarm }) => {
    const name = members.find(({ id }) => id === memberID)?.name;
    return `${alarm} (member ${name ?? memberID})`;
  });
}

interface Alarm {
  readonly memberID?: string;
  readonly alarm: string;
}

function parseAlarms(text: string): readonly Alarm[] {
  const { alarms = [], error } = JSON.parse(text) as { alarms?: readonly Alarm[]; error?: string };
  if (error !== undefined) throw new Failure(`etcd does not list its alarms: ${error}`);
  return alarms;
}

/** The health of each etcd server of this host's apiserver as text, one line each. */
export const etcdHealth: Query<string> = remoteAttempt(
  sh`${ASK}
for server in $servers; do echo "$server: $(ask "$server/health" 2>&1)"; done`,
  ({ stdout }) => stdout.trim(),
);

/**
 * Shell that defines `whole FILE`: whether an etcd snapshot is complete. It is a database of complete pages of at least
 * 512 bytes, followed by their SHA-256 (etcd: server/etcdserver/api/v3rpc/maintenance.go, etcdutl/snapshot/v3_snapshot.go).
 */
export const WHOLE = sh`whole() {
  [ "$(stat -c %s "$1")" -gt 512 ] && [ $(($(stat -c %s "$1") % 512)) = 32 ] &&
    [ "$(head -c -32 "$1" | sha256sum | cut -c1-64)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" ]
}`;

/** Saves an etcd snapshot to a file through the gateway, from the first server with a complete one; needs no etcdctl. */
export function snapshotThroughGateway(file: string): Shell {
  return sh`${ASK}
${WHOLE}
for server in $servers; do
  ask --max-time 14400 --speed-time 60 --speed-limit 1000 -d '{}' "$server/v3/maintenance/snapshot" | sed -n 's/.*"blob":"\([^"]*\)".*/\1/p' | base64 -d >${file} && whole ${file} && break
done || { rm -f ${file}; echo "no etcd server returned a complete snapshot: $servers" >&2; exit 1; }`;
}

/** Parses the gateway's member list, and after it the health response of each client URL, followed by that URL. */
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

/** Parses the member list; empty if it is not JSON. */
function parseList(list: string): { members?: readonly ListedMember[]; error?: string } {
  try {
    return JSON.parse(list) as { members?: readonly ListedMember[]; error?: string };
  } catch {
    return {};
  }
}

const HEALTHY = /"health":\s*"true".*\n+(\S+)\/health$/gm;

/** A member in the gateway's JSON, which omits empty and false values. */
interface ListedMember {
  readonly ID: string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}

/** The decimal id of the leader, from a master's own member; `undefined` without a leader. */
export function etcdLeader(master: ReadOnlyHost): Promise<string | undefined> {
  return master.ask(
    remoteQuery(
      onHost(master, ["endpoint", "status", "-w", "json"]),
      (out) => /"leader":\s*([1-9]\d*)/.exec(out)?.[1],
    ),
  );
}

/** An id in hex, as etcdctl requires it. */
export function etcdId(decimal: string): string {
  return BigInt(decimal).toString(16);
}

/**
 * The addresses of the peers that the host's etcd needs for quorum; empty if it has quorum or does not run. If etcd
 * restarts without quorum, as its kubelet does after a minute, it serves no requests: only its log shows the peers.
 */
export const missedPeers: Query<readonly string[]> = query(
  sh`for loopback in 127.0.0.1 '[::1]'; do
  curl -q -sS --max-time 5 "http://$loopback:2381/health" 2>/dev/null | grep -q '"health": *"true"' && exit 0
done
id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1)
if [ -n "$id" ]; then ${crictl(sh`logs --tail 3000 "$id"`)} 2>&1; fi | sed -n 's/.*dial tcp \[\{0,1\}\([0-9a-f.:]*[0-9a-f]\)\]\{0,1\}:2380:.*/\1/p' | sort -u`,
  (out) => out.split("\n").filter((address) => address !== ""),
);

/** The member at a machine's address; `undefined` if there is none. */
export function memberAt(members: readonly EtcdMember[], address: string): EtcdMember | undefined {
  return members.find(({ peerURLs }) => peerURLs.includes(httpsUrl(address, ETCD_PEER_PORT)));
}

/** The members with a URL at one of these addresses. */
export function membersOn(members: readonly EtcdMember[], addresses: readonly string[]): EtcdMember[] {
  return members.filter(({ peerURLs, clientURLs }) =>
    [...peerURLs, ...clientURLs].some((url) => addresses.includes(hostOf(url))),
  );
}
