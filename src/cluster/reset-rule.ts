/** What is known about a machine that might be reset. */
export interface ResetFacts {
  /** It has neither files nor a node nor a member: there is nothing to reset. */
  readonly isUntouched: boolean;
  /** It belongs to another cluster, is a worker, or is another machine than the inventory states. */
  readonly isOther: boolean;
  /** What was found comes from a join to this cluster. */
  readonly isOurs: boolean;
  /** Its etcd member votes: without it, etcd may lose its quorum. */
  readonly isVoter: boolean;
  /** Its apiserver is ready: clients may use it. */
  readonly isServing: boolean;
  /** It has a Ready node with the control-plane label, so a join was once complete. */
  readonly isInService: boolean;
}

/**
 * The only rule for what a migration may reset: what an incomplete join to this cluster left, and nothing that serves. A
 * Ready node without the label, a voting member and a ready apiserver is what kubeadm join leaves between the start of the
 * kubelet and the start of etcd; it is reset only while no pods run there (step `clear`). The rollback also resets
 * machines, but only those that the journal of this migration records as joined.
 */
export function mayReset(found: ResetFacts): boolean {
  const serves = found.isVoter || found.isServing || found.isInService;
  return found.isOurs && !found.isUntouched && !found.isOther && !serves;
}
