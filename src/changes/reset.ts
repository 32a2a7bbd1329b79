import type { BaseChange, ChangeKind } from "./kind.js";
import { leaveCluster } from "./leave.js";

/** What a join that failed half-way left in the cluster and on a machine is cleared away. */
export interface ResetChange extends BaseChange {
  readonly kind: "reset";
  readonly address: string;
  readonly criSocket: string;
  /** Where the masters' own etcd has its data; absent where etcd is external, and for a worker. */
  readonly etcdDataDir?: string;
  /** What was found. */
  readonly found: readonly string[];
  /** Whether etcd lists it. */
  readonly isMember: boolean;
  /** The node that the join made; `null` where it did not come so far. */
  readonly node: string | null;
}

/** Takes out of the cluster a machine that is only half a master of it, or half a worker, and runs kubeadm reset there. */
export const resetKind: ChangeKind<ResetChange> = {
  kind: "reset",
  describe: ({ isMember }) =>
    `${isMember ? "take its member out of etcd, " : ""}kubeadm reset: clear away what a half-done join left`,
  diff: (c) =>
    [...c.found, ...(c.node === null ? [] : [`node ${c.node}`])].map((what) => `- ${what}`).join("\n"),
  interrupts: (c) =>
    c.isMember
      ? {
          what: "etcd's writes, where that member leads; and clients of that machine's apiserver",
          seconds: 1,
        }
      : undefined,
  apply: (c, context) => leaveCluster({ ...c, nodeName: c.node ?? c.host }, context),
  undo: { stays: () => "what a half-done join had left stays cleared away" },
};
