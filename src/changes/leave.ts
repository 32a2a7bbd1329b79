import { withoutMaster } from "../config-files/cluster-status.js";
import { Failure } from "../failure.js";
import { apiGetFrom } from "../cluster/api.js";
import { etcdId, etcdLeader, etcdMembers, memberAt, onHost } from "../cluster/etcd.js";
import type { WritableHost } from "../machine/host.js";
import { kubectl } from "../machine/kubectl.js";
import { endPod } from "../machine/load-balancer-pods.js";
import { replaceObject } from "../cluster/objects.js";
import { isHealthyVoter, whyMembersStay } from "../cluster/quorum.js";
import { MANIFESTS, parseIds, removeSandboxes, sandboxIds, stopContainers } from "../machine/static-pods.js";
import { runAsUnit } from "../machine/systemd.js";
import { COMPONENT_SECONDS, waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext } from "./kind.js";

/** A machine that leaves the cluster: a master or worker, fully or partly joined. */
interface Leaver {
  readonly address: string;
  /** The node name of its join. */
  readonly nodeName: string;
  /** Its node; `null` if it has none. */
  readonly node: string | null;
  readonly criSocket: string;
  /** The data folder of its etcd member; absent if it has none: an etcd on it is then not managed by k8s-ha. */
  readonly etcdDataDir?: string;
}

/**
 * Removes a machine from the cluster: first from etcd, if that is safe, then its node, and last its files, which identify
 * the machine until the end. A run that is interrupted at any point can thus find the rest again.
 */
export async function leaveCluster(c: Leaver, context: ApplyContext): Promise<void> {
  const { host, fleet, note } = context;
  await host.run(
    sh`if systemctl is-active -q k8s-ha-join.service || pgrep -x kubeadm >/dev/null; then echo "kubeadm is still running here" >&2; exit 1; fi`,
  );
  if (c.etcdDataDir !== undefined) await leaveEtcd(c, context);
  // If the reset killed it, keepalived would leave the VIP on a machine that no longer serves it.
  await host.run(endPod("keepalived"));
  // A kubelet that still runs would register its node again.
  await host.run(sh`systemctl stop kubelet`);
  if (c.node !== null) {
    // kubeadm refuses to join with the name of a node that is still Ready.
    const remove = ["delete", "node", "--ignore-not-found", c.node];
    await fleet.firstMaster.run(sh`${kubectl(fleet.firstMaster, remove)} >/dev/null`);
  }
  await forget(fleet.firstMaster, c.nodeName);
  note(`kubeadm reset on ${host.name}`);
  // kubeadm finds neither the node nor a manifest of etcd here, and would empty /var/lib/etcd, even if it is not its own
  // (phases/reset/removeetcdmember.go, kubeadm#3225).
  const skip = c.etcdDataDir === undefined ? ["--skip-phases=remove-etcd-member"] : [];
  const reset = sh`kubeadm reset -f --cri-socket ${c.criSocket} ${skip}`;
  const data = c.etcdDataDir === undefined ? [] : [`${c.etcdDataDir}/member`];
  // A mount that disappears with another one makes a reset fail, but not the next one (phases/reset/unmount_linux.go). The
  // next join would use a stale admin.conf instead of discovery.
  await runAsUnit(
    host,
    "reset",
    sh`{ ${reset} || ${reset}; } && rm -f /etc/kubernetes/*.conf && rm -rf ${data}`,
    // It stops all pods of the node one after the other.
    { timeoutSeconds: 900 },
  );
  if (c.node !== null) {
    // These pods no longer run. The garbage collector would keep them for a minute, and a DaemonSet's rollout waits for
    // those that belong to it.
    const pods = ["delete", "pods", "-A", "--field-selector", `spec.nodeName=${c.node}`];
    const now = [...pods, "--force", "--grace-period=0"];
    await fleet.firstMaster.run(sh`${kubectl(fleet.firstMaster, now)} >/dev/null`);
  }
}

/** @throws Failure if another etcd member is not a healthy voter */
async function leaveEtcd({ address, nodeName }: Leaver, { host, fleet, note }: ApplyContext): Promise<void> {
  const members = await etcdMembers(fleet.look());
  const own = memberAt(members, address);
  if (own === undefined) return;
  const master = fleet.firstMaster;
  const others = members.filter((member) => member !== own);
  const stay = whyMembersStay(others, `so ${nodeName} is not removed`);
  if (stay !== undefined) throw new Failure(stay.what, { host: master.name, hint: stay.fix });
  const newLeader = memberAt(members, master.address);
  // Its clients must switch to another apiserver before this one loses its etcd.
  await host.run(sh`rm -f ${`${MANIFESTS}/kube-apiserver.yaml`}`);
  await host.run(stopContainers("kube-apiserver"));
  await host.run(removeSandboxes(parseIds(await host.run(sandboxIds("kube-apiserver")))));
  if (newLeader !== undefined && (await etcdLeader(master)) === own.id) {
    note(`moving etcd's leadership to ${newLeader.name}`);
    await host.run(onHost(host, ["move-leader", etcdId(newLeader.id)]));
  }
  note(`removing ${nodeName} from etcd`);
  await master.run(onHost(master, ["member", "remove", etcdId(own.id)]));
  await waitUntil(`etcd to be healthy without ${nodeName}`, COMPONENT_SECONDS, fleet.signal, async () => {
    const left = await etcdMembers(fleet.look());
    return memberAt(left, address) === undefined && left.every((member) => isHealthyVoter(member));
  });
}

/** Removes the node from ClusterStatus (up to 1.21): kubeadm reset does that only if it reaches the API. */
async function forget(master: WritableHost, node: string): Promise<void> {
  const path = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
  const object = await apiGetFrom<{ data?: Record<string, string> }>(master, path);
  const text = withoutMaster(object?.data?.["ClusterStatus"] ?? "", node);
  if (object?.data === undefined || text === undefined) return;
  object.data["ClusterStatus"] = text;
  await replaceObject(master, path, object);
}
