import { sh, type Shell } from "../shell/shell.js";
import type { ReadOnlyFleet } from "./fleet.js";
import { crictl } from "./container-runtime.js";
import type { ReadOnlyHost } from "./host.js";
import { remoteQuery } from "./query.js";

const PKI = "/etc/kubernetes/pki/etcd";

/** The arguments that make etcdctl, inside an etcd pod of kubeadm's, speak to these endpoints. */
export function etcdctl(endpoints: readonly string[], args: readonly string[]): readonly string[] {
  return [
    "etcdctl",
    `--endpoints=${endpoints.join(",")}`,
    `--cacert=${PKI}/ca.crt`,
    `--cert=${PKI}/healthcheck-client.crt`,
    `--key=${PKI}/healthcheck-client.key`,
    ...args,
  ];
}

/** kubectl's arguments for running a command in the etcd pod of a node. */
export function inEtcdPod(nodeName: string, command: readonly string[]): readonly string[] {
  return ["-n", "kube-system", "exec", `etcd-${nodeName}`, "-c", "etcd", "--", ...command];
}

/** A member of the etcd cluster. */
export interface EtcdMember {
  /** Empty for a member that was added and never started. */
  readonly name: string;
  /** Decimal, as etcdctl's JSON has it. */
  readonly id: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
  readonly healthy: boolean;
}

/** etcdctl in the etcd container of this very host, through its runtime: it answers without the API too. */
export function onHost(args: readonly string[]): Shell {
  const command = etcdctl(["https://127.0.0.1:2379"], args);
  return sh`id=$(${crictl(sh`ps -q --name '^etcd$'`)} | head -n 1); [ -n "$id" ] || { echo "etcd does not run" >&2; exit 1; }
${crictl(sh`exec "$id" ${command}`)}`;
}

/** Every etcd member with its health, as the first master's own member tells it. */
export async function etcdMembers(fleet: ReadOnlyFleet): Promise<readonly EtcdMember[]> {
  const master = fleet.firstMaster;
  const health = onHost(["endpoint", "health", "--cluster", "-w", "json"]);
  // health exits 1 where one member is not healthy: that is an answer
  const [members, healths] = await Promise.all([
    master.ask(remoteQuery(onHost(["member", "list", "-w", "json"]), parseMembers)),
    master.ask(remoteQuery(sh`(${health}) 2>/dev/null || true`, parseHealth)),
  ]);
  return members.map((member) => ({
    ...member,
    healthy: member.clientURLs.some((url) => healths.get(url) === true),
  }));
}

/** Reads `etcdctl member list -w json`. Ids are above 2^53: they are taken from the text, not through a number. */
export function parseMembers(json: string): Omit<EtcdMember, "healthy">[] {
  const exact = json.replaceAll(/"(ID|member_id)":\s*(\d+)/g, '"$1":"$2"');
  const { members } = JSON.parse(exact) as {
    members: {
      ID: string;
      name?: string;
      peerURLs?: string[];
      clientURLs?: string[];
      isLearner?: boolean;
    }[];
  };
  return members.map((m) => ({
    id: m.ID,
    name: m.name ?? "",
    peerURLs: m.peerURLs ?? [],
    clientURLs: m.clientURLs ?? [],
    isLearner: m.isLearner ?? false,
  }));
}

function parseHealth(json: string): ReadonlyMap<string, boolean> {
  const start = json.indexOf("[");
  if (start === -1) return new Map();
  const rows = JSON.parse(json.slice(start)) as { endpoint: string; health: boolean }[];
  return new Map(rows.map((row) => [row.endpoint, row.health]));
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

/** Whether a member counts fully: started, voting and healthy. */
export function isHealthyVoter(member: EtcdMember): boolean {
  return member.healthy && !member.isLearner && member.name !== "";
}
