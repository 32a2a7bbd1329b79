import type { WritableHost } from "../machine/host.js";
import { query } from "../machine/query.js";
import { restoreFiles, saveFiles, type SavedFile } from "../machine/saved-files.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, Undo } from "./kind.js";
import { leaveCluster } from "./leave.js";
import { revokeLeftovers } from "./revoke.js";

/** The fields of both kinds of join: a master's, and a worker's, which has no etcdDataDir. */
interface Joined extends BaseChange {
  readonly nodeName: string;
  readonly address: string;
  readonly criSocket: string;
  readonly etcdDataDir?: string;
  readonly brought?: readonly string[];
}

/** The state of a machine before it joined. */
export interface BeforeJoin {
  readonly saved: readonly SavedFile[];
  readonly kubelet: { readonly active: boolean; readonly enabled: boolean };
  /** The network interfaces that existed, and whether kube-proxy's rules did. */
  readonly links: readonly string[];
  readonly hadRules: boolean;
}

/** The folders that kubeadm join writes to and kubeadm reset empties. */
const KEPT = ["/etc/kubernetes", "/etc/cni", "/var/lib/cni", "/var/lib/kubelet"];
/** The interfaces of kube-proxy and of the usual network add-ons. */
const LINKS = ["cni0", "flannel.1", "kube-ipvs0"];
/** The chains of kube-proxy, the kubelet and the CNI plugins. */
const RULES = "KUBE-|CNI-";
/** kube-proxy's tables in nftables mode, as nft lists them (pkg/proxy/nftables/proxier.go, kubeProxyTable). */
const TABLES = "^table ip6? kube-proxy$";

const present = query(
  sh`systemctl show -p ActiveState,UnitFileState kubelet
for d in /sys/class/net/*; do echo "link $(basename "$d")"; done
if iptables-save 2>/dev/null | grep -qE ${RULES} || nft list tables 2>/dev/null | grep -qE ${TABLES}; then echo rules; fi`,
  (out): Omit<BeforeJoin, "saved"> => ({
    kubelet: {
      active: /^ActiveState=(active|activating)$/m.test(out),
      enabled: /^UnitFileState=enabled$/m.test(out),
    },
    links: [...out.matchAll(/^link (.*)$/gm)].map((m) => m[1] ?? ""),
    hadRules: /^rules$/m.test(out),
  }),
);

/** Undoes a join: the machine leaves the cluster, and its former state is restored. */
export const joinUndo: Undo<Joined, BeforeJoin> = {
  target: (c) => c.nodeName,
  async before(c, { host, runId }) {
    const now = await host.ask(present);
    const own = [c.etcdDataDir ?? [], c.brought ?? []].flat();
    const elsewhere = own.filter((path) => !KEPT.some((folder) => path.startsWith(`${folder}/`)));
    return { ...now, saved: await saveFiles(host, runId, [...KEPT, ...elsewhere]) };
  },
  describe: ({ nodeName, etcdDataDir }) =>
    `remove ${nodeName} from ${etcdDataDir === undefined ? "" : "etcd and "}the cluster, kubeadm reset`,
  interrupts: ({ nodeName, etcdDataDir }) =>
    `${etcdDataDir === undefined ? "" : "etcd writes briefly, and "}everything that runs on ${nodeName}`,
  async undo(c, before, context) {
    const { host, fleet, note } = context;
    await leaveCluster({ ...c, node: c.nodeName }, context);
    await revokeLeftovers(fleet.firstMaster);
    note(`restoring the former state of ${c.host}`);
    await cleanNetwork(host, before);
    if (before.hadRules)
      note(`${c.host} had firewall rules of Kubernetes before it joined: they stay unchanged`);
    await restoreFiles(host, before.saved);
    await host.run(
      sh`systemctl ${before.kubelet.enabled ? "enable" : "disable"} -q kubelet && systemctl ${before.kubelet.active ? "start" : "stop"} kubelet`,
    );
  },
};

/** Removes a node's interfaces and rules, if the machine had none of them before. */
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
done
if command -v nft >/dev/null; then
  tables=$(nft list tables) || exit 1
  printf '%s\n' "$tables" | grep -E ${TABLES} | sed 's/^/delete /' | nft -f -
fi`);
}
