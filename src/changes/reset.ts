import type { BaseChange, ChangeKind } from "./kind.js";
import { leaveCluster } from "./leave.js";

/** Cleans up what an incomplete join left in the cluster and on a machine. */
export interface ResetChange extends BaseChange {
  readonly kind: "reset";
  readonly address: string;
  readonly criSocket: string;
  /** The data folder of the masters' etcd members; absent if etcd is external, and for a worker. */
  readonly etcdDataDir?: string;
  /** What was found. */
  readonly found: readonly string[];
  /** Whether etcd lists the machine as a member. */
  readonly isMember: boolean;
  /** The node that the join created; `null` if it did not get that far. */
  readonly node: string | null;
}

/** Removes a partly joined master or worker from the cluster, and runs kubeadm reset on it. */
export const resetKind: ChangeKind<ResetChange> = {
  kind: "reset",
  mark: "-",
  describe: ({ isMember }) =>
    `${isMember ? "remove its etcd member, " : ""}kubeadm reset: clean up an incomplete join`,
  diff: (c) =>
    [...c.found, ...(c.node === null ? [] : [`node ${c.node}`])].map((what) => `- ${what}`).join("\n"),
  interrupts: (c) =>
    c.isMember
      ? {
          what: "etcd writes, if that member is the leader, and clients of that machine's apiserver",
          seconds: 1,
        }
      : undefined,
  apply: (c, context) => leaveCluster({ ...c, nodeName: c.node ?? c.host }, context),
  undo: { stays: () => "the leftovers of the incomplete join are not restored" },
};
