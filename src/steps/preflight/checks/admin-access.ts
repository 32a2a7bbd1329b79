import { firstMaster } from "../../../inventory/targets.js";
import { remoteQuery } from "../../../machine/query.js";
import { sh } from "../../../shell/shell.js";
import { blocker, type PreflightCheck } from "../check.js";

/** kubectl exits with 1 if the answer is no. */
const mayAll = remoteQuery(
  sh`kubectl --kubeconfig /etc/kubernetes/admin.conf auth can-i '*' '*' --all-namespaces 2>/dev/null || true`,
  (out) => !out.startsWith("no"),
);

/**
 * admin.conf, which kubectl's changes and kubeadm use, has full access to the cluster. Its group is bound to cluster-admin
 * by a ClusterRoleBinding since kubeadm 1.29 (cmd/kubeadm/app/phases/kubeconfig/kubeconfig.go, EnsureAdminClusterRoleBinding).
 */
export const adminAccess: PreflightCheck<{ readonly isFull: boolean }> = {
  id: "admin-access",
  probe: async (fleet) => ({ isFull: await fleet.firstMaster.ask(mayAll) }),
  problems: ({ isFull }, inventory) => {
    if (isFull) return [];
    const { name } = firstMaster(inventory);
    return [
      blocker(
        name,
        "/etc/kubernetes/admin.conf does not have full access to the cluster (is ClusterRoleBinding kubeadm:cluster-admins missing?)",
        `on ${name}: kubectl --kubeconfig /etc/kubernetes/super-admin.conf create clusterrolebinding kubeadm:cluster-admins --clusterrole=cluster-admin --group=kubeadm:cluster-admins`,
      ),
    ];
  },
};
