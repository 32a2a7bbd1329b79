import { apiGetFrom } from "../cluster/api.js";
import { isReady, lastHeard, type Node } from "../cluster/kubernetes.js";
import { runAsUnit } from "../machine/systemd.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** Restarts a kubelet so that it reloads its kubeconfig, and waits until its node is Ready with a fresh lease. */
export interface KubeletRestartChange extends BaseChange {
  readonly kind: "kubelet-restart";
  readonly node: string;
}

/** Restarts a kubelet; its containers keep running. */
export const kubeletRestartKind: ChangeKind<KubeletRestartChange, null> = {
  kind: "kubelet-restart",
  mark: "~",
  describe: (c) => `restart the kubelet, wait until node ${c.node} is Ready`,
  interrupts: () => ({ what: "nothing: containers keep running while the kubelet restarts", seconds: 0 }),
  async apply(c, { host, fleet, note }) {
    // The lease uses the node's clock and is not renewed between stop and start. As a unit: a connection that is lost
    // between the two would leave the node without a kubelet.
    const restart = sh`systemctl stop kubelet && date +%s.%N && systemctl start kubelet`;
    const output = await runAsUnit(host, "kubelet-restart", restart, { timeoutSeconds: 120 });
    // systemctl may print messages before and after it.
    const restartedAt = Number(/^\d+\.\d+$/m.exec(output)?.[0]);
    note(`waiting for node ${c.node} to be Ready`);
    await waitUntil(`node ${c.node} to be Ready with a fresh lease`, 90, fleet.signal, async () => {
      const master = fleet.firstMaster;
      const [node, lease] = await Promise.all([
        apiGetFrom<Node>(master, `/api/v1/nodes/${c.node}`),
        apiGetFrom<{ spec: { renewTime: string } }>(
          master,
          `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${c.node}`,
        ),
      ]);
      // The first update by the new kubelet: its lease, or its node's status, which has whole seconds.
      const heard = [lease?.spec.renewTime, node && lastHeard(node)].map((at) => Date.parse(at ?? "") / 1000);
      return node !== undefined && isReady(node) && heard.some((at) => at > restartedAt);
    });
  },
  undo: {
    target: (c) => c.node,
    before: () => Promise.resolve(null),
    describe: (c) => kubeletRestartKind.describe(c),
    activates: true,
    undo: (c, _, context) => kubeletRestartKind.apply(c, context),
  },
};
