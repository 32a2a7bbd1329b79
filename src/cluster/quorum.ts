import type { EtcdMember } from "./etcd.js";

/** Whether a member is started, voting and healthy. */
export function isHealthyVoter(member: EtcdMember): boolean {
  return member.healthy && !member.isLearner && member.name !== "";
}

/** Why etcd, or what it stores, must not be changed now, and the fix. */
export interface MustStay {
  readonly what: string;
  readonly fix: string;
}

/**
 * A member is added or removed only while each of the others is a healthy voter. A health check of a member requires
 * quorum, so quorum exists now, and the others keep it without the removed member.
 * @param others all members except the one that is added or removed
 * @param instead the consequence: `so no member is removed`
 */
export function whyMembersStay(others: readonly EtcdMember[], instead: string): MustStay | undefined {
  const sick = others.filter((member) => !isHealthyVoter(member));
  if (sick.length === 0) return undefined;
  const names = sick.map((member) => member.name || member.peerURLs.join()).join(", ");
  return {
    what: `etcd members that are not healthy voters: ${names}, ${instead}`,
    fix: `restore ${names} first (on that host: journalctl -u kubelet, crictl ps -a --name etcd): etcd needs it for quorum`,
  };
}

/**
 * Why the cluster must not be changed while etcd has alarms: with NOSPACE it accepts no writes, with CORRUPT the members'
 * data differ (etcd: server/etcdserver/api/v3alarm).
 * @param alarms result of etcdAlarms
 */
export function whyAlarmsStop(alarms: readonly string[]): MustStay | undefined {
  if (alarms.length === 0) return undefined;
  return {
    what: `etcd has raised an alarm: ${alarms.join(", ")}`,
    fix: 'clear the alarm: see docs/recovery.md, "etcd alarms"',
  };
}
