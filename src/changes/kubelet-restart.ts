import { apiGetFrom } from "../cluster/api.js";
import { isReady, lastHeard, type Node } from "../cluster/kubernetes.js";
import { readyPodsOn, type ReadyPod } from "../cluster/ready-pods.js";
import { holds } from "../config-files/kubeadm-versions.js";
import { runAsUnit } from "../machine/systemd.js";
import { waitUntil } from "../machine/wait.js";
import { sh } from "../shell/shell.js";
import type { ApplyContext, BaseChange, ChangeKind } from "./kind.js";
import { remember, remembered, waitForPods } from "./ready-again.js";

/**
 * Restarts a kubelet so that it reloads its kubeconfig, and waits until its node is Ready with a fresh lease, and its
 * pods are Ready again.
 */
export interface KubeletRestartChange extends BaseChange {
  readonly kind: "kubelet-restart";
  readonly node: string;
  /** Such as `v1.37.2`; absent in journals of earlier versions of k8s-ha. */
  readonly kubeletVersion?: string;
}

/** Longer than kubeadm's 4 min for a kubelet that starts: it also registers its node. */
const READY_SECONDS = 300;

/** Restarts a kubelet; its containers keep running. */
export const kubeletRestartKind: ChangeKind<KubeletRestartChange, null> = {
  kind: "kubelet-restart",
  mark: "~",
  describe: (c) => `restart the kubelet, wait until node ${c.node} and its pods are Ready`,
  interrupts: (c) =>
    losesReadiness(c)
      ? {
          // kubelet's default period of a probe.
          what: "the node's pods with readiness probes, which get no requests from their Services until the next probe",
          seconds: 10,
        }
      : { what: "nothing: containers keep running while the kubelet restarts", seconds: 0 },
  async apply(c, context) {
    const { host, fleet, note } = context;
    const master = fleet.firstMaster;
    // A run that was interrupted while it waited: the replicas of these pods may be on this node.
    for (const former of await remembered(master)) await waitForPods(former, false, context);
    const pods = await readyPods(c, context);
    if (pods.length > 0) await remember({ node: c.node, pods }, master);
    // The lease uses the node's clock and is not renewed between stop and start. As a unit: a connection that is lost
    // between the two would leave the node without a kubelet.
    const restart = sh`systemctl stop kubelet && date +%s.%N && systemctl start kubelet`;
    const output = await runAsUnit(host, "kubelet-restart", restart, { timeoutSeconds: 120 });
    // systemctl may print messages before and after it.
    const restartedAt = Number(/^\d+\.\d+$/m.exec(output)?.[0]);
    note(`waiting for node ${c.node} to be Ready`);
    await waitUntil(
      `node ${c.node} to be Ready with a fresh lease`,
      READY_SECONDS,
      fleet.signal,
      async () => {
        const [node, lease] = await Promise.all([
          apiGetFrom<Node>(master, `/api/v1/nodes/${c.node}`),
          apiGetFrom<{ spec: { renewTime: string } }>(
            master,
            `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${c.node}`,
          ),
        ]);
        // The first update by the new kubelet: its lease, or its node's status, which has whole seconds.
        const heard = [lease?.spec.renewTime, node && lastHeard(node)].map(
          (at) => Date.parse(at ?? "") / 1000,
        );
        return node !== undefined && isReady(node) && heard.some((at) => at > restartedAt);
      },
    );
    if (pods.length > 0) await waitForPods({ node: c.node, pods }, losesReadiness(c), context);
  },
  undo: {
    target: (c) => c.node,
    before: () => Promise.resolve(null),
    describe: (c) => kubeletRestartKind.describe(c),
    activates: true,
    undo: (c, _, context) => kubeletRestartKind.apply(c, context),
  },
};

/** Whether the restart makes pods not Ready; assumed if the version is unknown. */
function losesReadiness({ kubeletVersion }: KubeletRestartChange): boolean {
  return kubeletVersion === undefined || holds("restartLosesReadiness", kubeletVersion);
}

/** The API may be unavailable for a moment if its apiserver was just restarted. */
async function readyPods(c: KubeletRestartChange, { fleet }: ApplyContext): Promise<readonly ReadyPod[]> {
  let pods: readonly ReadyPod[] = [];
  await waitUntil(`the list of the pods on ${c.node}`, READY_SECONDS, fleet.signal, async () => {
    pods = await readyPodsOn(c.node, fleet.look());
    return true;
  });
  return pods;
}
