import { runAsUnit } from "../machine/systemd.js";
import { sh } from "../shell/shell.js";
import type { BaseChange, ChangeKind } from "./kind.js";

/** What a join that failed half-way left on a machine is cleared away. Only planned where etcd knows no such member. */
export interface ResetChange extends BaseChange {
  readonly kind: "reset";
  readonly criSocket: string;
  /** What was found. */
  readonly found: readonly string[];
}

/** Runs kubeadm reset on a machine that is not part of the cluster. */
export const resetKind: ChangeKind<ResetChange> = {
  kind: "reset",
  describe: () => "kubeadm reset: clear away what a half-done join left",
  diff: (c) => c.found.map((what) => `- ${what}`).join("\n"),
  async apply(c, { host }) {
    const reset = sh`kubeadm reset -f --cri-socket ${c.criSocket}`;
    // A stale admin.conf would be used instead of discovery by the next join.
    await runAsUnit(
      host,
      "reset",
      sh`${reset} && rm -f /etc/kubernetes/*.conf && rm -rf /var/lib/etcd/member`,
      {
        timeoutSeconds: 180,
      },
    );
  },
};
