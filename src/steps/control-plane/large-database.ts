import type { JoinChange } from "../../changes/join.js";
import { isLearner, pauseOf } from "../../changes/join.js";
import { mebibytes, transferText } from "../../cluster/etcd-database.js";
import { catchUpSeconds } from "../../config-files/kubeadm-limits.js";
import type { Problem } from "../step.js";

/** Megabits per second; a link between masters that is slower than this is unusual, so no warning is needed. */
const USUAL_LINK = 20;

/**
 * After so many seconds without etcd, the kubelet restarts what its liveness probe finds unhealthy: kube-apiserver, and up
 * to 1.24 etcd (8 times 10 s: LivenessProbe in cmd/kubeadm/app/util/staticpod/utils.go). It restarts the transfer too.
 */
const LIVENESS_SECONDS = 80;

const SMALLER =
  "reduce the database before the migration: delete what is no longer needed, wait 5 min until the apiserver has compacted it, then run etcdctl defrag";

/** Warns of a database that may be too large for a new etcd member to receive in time; no change to others. */
export function largeDatabase(change: JoinChange): Problem[] {
  const { host, kubernetesVersion, estimate } = change;
  const bytes = estimate?.databaseBytes;
  if (bytes === undefined) return [];
  if (!isLearner(change)) return change.members === 2 ? longPause(change, bytes) : [];
  const limit = catchUpSeconds(kubernetesVersion, bytes);
  const needed = Math.ceil((bytes * 8) / limit / 1e6);
  if (needed <= USUAL_LINK) return [];
  const what = `the new etcd member must receive a database of ${mebibytes(bytes)} within ${limit} s, kubeadm's limit: over a link slower than ${needed} Mbit/s the join fails`;
  return [
    {
      severity: "warning",
      host,
      what,
      fix: `${SMALLER}; or upgrade to Kubernetes 1.31 or later, where k8s-ha extends this limit`,
    },
  ];
}

function longPause(change: JoinChange, bytes: number): Problem[] {
  const seconds = pauseOf(change);
  if (seconds < LIVENESS_SECONDS) return [];
  const what = `etcd and the API are unavailable for about ${seconds} s while the second etcd member receives the database: ${transferText(bytes)}; after ${LIVENESS_SECONDS} s the kubelet restarts what is unhealthy, and the transfer may never end`;
  return [
    {
      severity: "warning",
      host: change.host,
      what,
      fix: `${SMALLER}; or upgrade to Kubernetes 1.29 or later, where a new member does not vote until it has caught up`,
    },
  ];
}
