import { kubectl } from "../machine/kubectl.js";
import { runAsUnit } from "../machine/systemd.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";

/** What a join that failed half-way left on a machine is cleared away. Only planned where etcd knows no such member. */
export interface ResetChange extends BaseChange {
  readonly kind: "reset";
  readonly criSocket: string;
  readonly etcdDataDir: string;
  /** What was found. */
  readonly found: readonly string[];
  /** The node that the join made; `null` where it did not come so far. */
  readonly node: string | null;
}

/** Runs kubeadm reset on a machine that is not part of the cluster, and takes its node away. */
export const resetKind: ChangeKind<ResetChange> = {
  kind: "reset",
  describe: () => "kubeadm reset: clear away what a half-done join left",
  diff: (c) =>
    [...c.found, ...(c.node === null ? [] : [`node ${c.node}`])].map((what) => `- ${what}`).join("\n"),
  apply: (c, context) => clearMachine(c, context),
  undo: { stays: () => "what a half-done join had left stays cleared away" },
};

/** kubeadm reset, as a unit of its own, after the node is gone; and what it leaves of a control plane. */
export async function clearMachine(
  c: Pick<ResetChange, "criSocket" | "etcdDataDir" | "node">,
  { host, fleet }: ApplyContext,
): Promise<void> {
  // A kubelet that still runs would register its node again.
  await host.run(
    sh`if systemctl is-active -q k8s-ha-join.service; then echo "a join is still running here" >&2; exit 1; fi
systemctl stop kubelet`,
  );
  if (c.node !== null) {
    // First, while the files on the machine tell whose node it was: a run that is cut off here finds the rest again.
    // kubeadm refuses to join under the name of a node that still counts as Ready.
    const remove = ["delete", "node", "--ignore-not-found", c.node];
    await fleet.firstMaster.run(sh`${kubectl(fleet.firstMaster, remove)} >/dev/null`);
  }
  // A stale admin.conf would be used instead of discovery by the next join.
  const reset = sh`kubeadm reset -f --cri-socket ${c.criSocket}`;
  await runAsUnit(
    host,
    "reset",
    sh`${reset} && rm -f /etc/kubernetes/*.conf && rm -rf ${`${c.etcdDataDir}/member`}`,
    { timeoutSeconds: 180 },
  );
  if (c.node !== null) {
    // Nothing of them runs any more. The garbage collector would keep them for a minute, and a DaemonSet's roll waits for
    // its pods among them.
    const pods = ["delete", "pods", "-A", "--field-selector", `spec.nodeName=${c.node}`];
    const now = [...pods, "--force", "--grace-period=0"];
    await fleet.firstMaster.run(sh`${kubectl(fleet.firstMaster, now)} >/dev/null`);
  }
}
