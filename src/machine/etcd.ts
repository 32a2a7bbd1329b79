import { hostOf, httpsUrl, isIPv6 } from "../address.js";
import { Failure } from "../failure.js";
import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyFleet } from "./fleet.js";
import { crictl } from "./container-runtime.js";
import type { ReadOnlyHost } from "./host.js";
import { query, remoteAttempt, remoteQuery, type Query } from "./query.js";
import { MANIFESTS } from "./static-pods.js";

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
function inEtcd(command: readonly string[]): Shell {
  return sh`(id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1); [ -n "$id" ] || { echo "etcd does not run" >&2; exit 1; }
${crictl(sh`exec "$id" ${command}`)})`;
}

/** etcdctl in the etcd container of a host, for that host itself; kubeadm has etcd listen on the loopback address of its family. */
export function onHost({ address }: Pick<ReadOnlyHost, "address">, args: readonly string[]): Shell {
  return inEtcd(etcdctl([httpsUrl(isIPv6(address) ? "::1" : "127.0.0.1", 2379)], args));
}

/** sed that turns the lines of a manifest into `servers=…`, `cafile=…`, `certfile=…` and `keyfile=…`, and drops the others. */
const ETCD_FLAGS = String.raw`s/^ *- *["']\{0,1\}--etcd-\(servers\|cafile\|certfile\|keyfile\)=\([^"']*\)["']\{0,1\} *$/\1=\2/; t found
d
:found
/^servers=/s/,/ /g`;

/**
 * Shell that defines `ask`, a curl with the certificate by which the apiserver of this very host asks etcd, and `$servers`,
 * where that asks; as its manifest says, or else kubeadm. So it is the same wherever etcd runs, and works without the API.
 */
const ASK = sh`servers= ca= cert= key=
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
 * Asks an etcd member for all members, through the gRPC gateway that etcd has since 3.4, and then each of them whether it
 * is healthy: `{"health":"true"}`, or `false` where it has no leader or an alarm. Where a port has gRPC alone, curl ends
 * with 1 (HTTP/0.9) or 92 (HTTP/2 framing), tried with etcd 3.7.
 */
const MEMBERS = sh`${ASK}
for server in $servers; do members=$(ask -d '{}' "$server/v3/cluster/member/list") && break; done || {
  case $? in 1 | 92) echo "there is gRPC alone at $servers: with --listen-client-http-urls (httpEndpoints of kubeadm-config) etcd has its HTTP gateway elsewhere, and k8s-ha needs it where the apiserver reaches etcd" >&2 ;; esac
  exit 1
}
printf '%s\n' "$members"
set --
for url in $(printf %s "$members" | grep -o '"clientURLs":\[\("[^"]*",\{0,1\}\)*' | grep -o 'https\{0,1\}://[^"]*'); do set -- "$@" "$url/health"; done
[ $# = 0 ] || ask -w '\n%{url_effective}\n' "$@" 2>/dev/null || true`;

/** Every etcd member with its health, as the etcd tells it that the first master's apiserver uses; it answers without the API too. */
export function etcdMembers(fleet: ReadOnlyFleet): Promise<readonly EtcdMember[]> {
  return fleet.firstMaster.ask(
    remoteQuery(MEMBERS, parseMembers, { shownAs: "curl ETCD/v3/cluster/member/list" }),
  );
}

/** What each server that this host's apiserver asks says of its health, a line each, for people. */
export const etcdHealth: Query<string> = remoteAttempt(
  sh`${ASK}
for server in $servers; do echo "$server: $(ask "$server/health" 2>&1)"; done`,
  ({ stdout }) => stdout.trim(),
);

/**
 * `whole FILE`: whether a snapshot of etcd is complete. It is a database of whole pages of 512 bytes at least, and ends
 * with the SHA-256 of these (etcd: server/etcdserver/api/v3rpc/maintenance.go, etcdutl/snapshot/v3_snapshot.go).
 */
export const WHOLE = sh`whole() {
  [ "$(stat -c %s "$1")" -gt 512 ] && [ $(($(stat -c %s "$1") % 512)) = 32 ] &&
    [ "$(head -c -32 "$1" | sha256sum | cut -c1-64)" = "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" ]
}`;

/** Saves etcd to a file through the gateway, from the first server that gives all of it: no etcdctl is needed anywhere. */
export function snapshotThroughGateway(file: string): Shell {
  return sh`${ASK}
${WHOLE}
for server in $servers; do
  ask --max-time 600 -d '{}' "$server/v3/maintenance/snapshot" | sed -n 's/.*"blob":"\([^"]*\)".*/\1/p' | base64 -d >${file} && whole ${file} && break
done || { rm -f ${file}; echo "no server of etcd gave a whole snapshot: $servers" >&2; exit 1; }`;
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
      onHost(master, ["endpoint", "status", "-w", "json"]),
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
  sh`for loopback in 127.0.0.1 '[::1]'; do
  curl -q -sS --max-time 5 "http://$loopback:2381/health" 2>/dev/null | grep -q '"health": *"true"' && exit 0
done
id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1)
if [ -n "$id" ]; then ${crictl(sh`logs --tail 3000 "$id"`)} 2>&1; fi | sed -n 's/.*dial tcp \[\{0,1\}\([0-9a-f.:]*[0-9a-f]\)\]\{0,1\}:2380:.*/\1/p' | sort -u`,
  (out) => out.split("\n").filter((address) => address !== ""),
);

/** The member at a machine's address; `undefined` for none. */
export function memberAt(members: readonly EtcdMember[], address: string): EtcdMember | undefined {
  return members.find(({ peerURLs }) => peerURLs.includes(httpsUrl(address, 2380)));
}

/** The members that any of their URLs puts at one of these addresses. */
export function membersOn(members: readonly EtcdMember[], addresses: readonly string[]): EtcdMember[] {
  return members.filter(({ peerURLs, clientURLs }) =>
    [...peerURLs, ...clientURLs].some((url) => addresses.includes(hostOf(url))),
  );
}
