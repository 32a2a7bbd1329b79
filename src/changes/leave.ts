import { withoutMaster } from "../config-files/cluster-status.js";
import { Failure } from "../failure.js";
import { etcdId, etcdLeader, etcdMembers, isHealthyVoter, onHost, type EtcdMember } from "../machine/etcd.js";
import type { WritableHost } from "../machine/host.js";
import { apiGetFrom } from "../machine/api.js";
import { kubectl } from "../machine/kubectl.js";
import { query } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { MANIFESTS, parseIds, removeSandboxes, sandboxIds } from "../machine/static-pods.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { JoinChange } from "./join.js";
import type { ApplyContext, Undo } from "./kind.js";
import { clearMachine } from "./reset.js";
import { revokeLeftovers } from "./revoke.js";

/** What a machine was before it joined. */
export interface BeforeJoin {
  readonly saved: readonly SavedFile[];
  readonly kubelet: { readonly active: boolean; readonly enabled: boolean };
  /** Network interfaces that were there, and whether kube-proxy's rules were. */
  readonly links: readonly string[];
  readonly hadRules: boolean;
}

/** What kubeadm writes into when it joins, and empties when it resets. */
const KEPT = ["/etc/kubernetes", "/etc/cni", "/var/lib/cni", "/var/lib/kubelet"];
/** The interfaces of kube-proxy and of the usual network add-ons. */
const LINKS = ["cni0", "flannel.1", "kube-ipvs0"];
/** kube-proxy's chains, the kubelet's and the CNI plugins'. */
const RULES = "KUBE-|CNI-";

const present = query(
  sh`systemctl show -p ActiveState,UnitFileState kubelet
for d in /sys/class/net/*; do echo "link $(basename "$d")"; done
if iptables-save 2>/dev/null | grep -qE ${RULES}; then echo rules; fi`,
  (out): Omit<BeforeJoin, "saved"> => ({
    kubelet: {
      active: /^ActiveState=(active|activating)$/m.test(out),
      enabled: /^UnitFileState=enabled$/m.test(out),
    },
    links: [...out.matchAll(/^link (.*)$/gm)].map((m) => m[1] ?? ""),
    hadRules: /^rules$/m.test(out),
  }),
);

/** A master leaves the cluster, and its machine is what it was before it joined. */
export const leaving: Undo<JoinChange, BeforeJoin> = {
  target: (c) => c.nodeName,
  async before(c, { host, runId }) {
    const now = await host.ask(present);
    return { ...now, saved: await saveFiles(host, runId, [...KEPT, c.etcdDataDir]) };
  },
  describe: (c) => `take ${c.nodeName} out of etcd and the cluster, kubeadm reset`,
  interrupts: (c) => `etcd writes for a moment, and whatever runs on ${c.nodeName}`,
  async undo(c, before, context) {
    const { host, fleet, note } = context;
    await leaveEtcd(c, context);
    note(`kubeadm reset on ${c.host}`);
    await clearMachine({ ...c, node: c.nodeName }, context);
    await forget(fleet.firstMaster, c.nodeName);
    await revokeLeftovers(fleet.firstMaster);
    note(`putting back what ${c.host} was`);
    await cleanNetwork(host, before);
    if (before.hadRules)
      note(`${c.host} had rules of Kubernetes before it joined: its iptables stay as they are`);
    await restoreFiles(host, before.saved);
    await host.run(
      sh`systemctl ${before.kubelet.enabled ? "enable" : "disable"} -q kubelet && systemctl ${before.kubelet.active ? "start" : "stop"} kubelet`,
    );
  },
};

/** Its member leaves while all others are healthy voters, so that what remains has its quorum at every moment. */
async function leaveEtcd(c: JoinChange, { host, fleet, note }: ApplyContext): Promise<void> {
  const members = await etcdMembers(fleet.look());
  const own = memberAt(members, c.address);
  requireHealthy(
    members.filter((member) => member !== own),
    c.nodeName,
    fleet.firstMaster.name,
  );
  if (own === undefined) return;
  const master = fleet.firstMaster;
  const heir = memberAt(members, master.address);
  // Its clients go to another apiserver now, instead of asking one whose etcd is gone.
  await host.run(sh`rm -f ${`${MANIFESTS}/kube-apiserver.yaml`}`);
  await host.run(removeSandboxes(parseIds(await host.run(sandboxIds("kube-apiserver")))));
  if (heir !== undefined && (await etcdLeader(master)) === own.id) {
    note(`moving etcd's leadership to ${heir.name}`);
    await host.run(onHost(["move-leader", etcdId(heir.id)]));
  }
  note(`taking ${c.nodeName} out of etcd`);
  await master.run(onHost(["member", "remove", etcdId(own.id)]));
  await waitUntil(`etcd to go on without ${c.nodeName}`, 60, fleet.signal, async () => {
    const left = await etcdMembers(fleet.look());
    return memberAt(left, c.address) === undefined && left.every((member) => isHealthyVoter(member));
  });
}

/** @throws Failure that names the members of etcd that are not healthy voters. */
function requireHealthy(members: readonly EtcdMember[], leaving: string, host: string): void {
  const sick = members.filter((member) => !isHealthyVoter(member));
  if (sick.length === 0) return;
  const names = sick.map((m) => m.name || m.peerURLs.join()).join(", ");
  throw new Failure(`not every other etcd member is a healthy voter: ${names}; ${leaving} is not taken out`, {
    host,
    hint: `bring ${names} back first (there: journalctl -u kubelet, crictl ps -a): without ${leaving} etcd would need it for its quorum`,
  });
}

/** The member of etcd at a machine's address. */
function memberAt(members: readonly EtcdMember[], address: string): EtcdMember | undefined {
  return members.find((member) => member.peerURLs.includes(`https://${address}:2380`));
}

/** kubeadm reset takes a master out of ClusterStatus (up to 1.21) only where it reached the API. */
async function forget(master: WritableHost, node: string): Promise<void> {
  const path = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
  const object = await apiGetFrom<{ data?: Record<string, string> }>(master, path);
  const text = withoutMaster(object?.data?.["ClusterStatus"] ?? "", node);
  if (object?.data === undefined || text === undefined) return;
  object.data["ClusterStatus"] = text;
  await master.run(kubectl(master, ["replace", "-f", "-"]), { stdin: JSON.stringify(object) });
}

/** Only what a node brings, and only where the machine had none of it. */
async function cleanNetwork(host: WritableHost, { links, hadRules }: BeforeJoin): Promise<void> {
  const ours = LINKS.filter((link) => !links.includes(link));
  await host.run(
    sh`for l in ${ours}; do if [ -e "/sys/class/net/$l" ]; then ip link delete "$l" || exit 1; fi; done`,
  );
  if (hadRules) return;
  await host.run(sh`for v in iptables ip6tables; do
  command -v "$v-save" >/dev/null || continue
  rules=$("$v-save") || exit 1
  printf '%s\n' "$rules" | grep -qE ${RULES} || continue
  printf '%s\n' "$rules" | grep -vE ${RULES} | "$v-restore" || exit 1
done`);
}
