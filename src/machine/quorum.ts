import type { EtcdMember } from "./etcd.js";

/** Whether a member counts fully: started, voting and healthy. */
export function isHealthyVoter(member: EtcdMember): boolean {
  return member.healthy && !member.isLearner && member.name !== "";
}

/** Why etcd's members must stay as they are for now, and what a person can do about it. */
export interface MembersStay {
  readonly what: string;
  readonly fix: string;
}

/**
 * A member is added to others, or taken out from among them, only while each of them is a healthy voter. A member that is
 * healthy has just asked the quorum: so it holds now, and the others are it also without the one that goes.
 * @param others all members but the one that comes or goes
 * @param instead what is not done: `master2 is not taken out`
 */
export function whyMembersStay(others: readonly EtcdMember[], instead: string): MembersStay | undefined {
  const sick = others.filter((member) => !isHealthyVoter(member));
  if (sick.length === 0) return undefined;
  const names = sick.map((member) => member.name || member.peerURLs.join()).join(", ");
  return {
    what: `not every other etcd member is a healthy voter: ${names}; ${instead}`,
    fix: `bring ${names} back first (there: journalctl -u kubelet, crictl ps -a --name etcd): etcd needs it for its quorum`,
  };
}
