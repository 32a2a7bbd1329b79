import type { EtcdMember } from "../../cluster/etcd.js";
import type { KubeadmFacts } from "../../cluster/kubeadm-config.js";
import type { Node, Pod } from "../../cluster/kubernetes.js";
import type { MasterState } from "../../cluster/masters.js";
import type { Refusal } from "../../machine/kubeadm-preflight.js";
import type { Problem } from "../step.js";
import type { Joining } from "./joining.js";

/** The current state of the cluster, and whether the new masters match it. */
export interface ClusterFacts extends KubeadmFacts {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly members: readonly EtcdMember[];
  readonly hasCaKey: boolean;
  /** The masters that have yet to join. */
  readonly pending: readonly MasterState[];
  /** kube-apiserver's manifest on the first master. */
  readonly manifest: string;
  /** Host → certificate file → its expiry, in seconds since the epoch. */
  readonly certificateEnds: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** kubeadm's version on the first master and on those that have yet to join; empty if all have joined. */
  readonly kubeadmVersions: ReadonlyMap<string, string>;
  /** The static pods on machines that have yet to join and have no files of an earlier join. */
  readonly strayPods?: ReadonlyMap<string, readonly string[]>;
  /** The settings on machines that have yet to join that may block the join: see `joinSettings`. */
  readonly settingsOff?: ReadonlyMap<string, readonly string[]>;
  /** The errors that kubeadm reports on machines that have yet to join as masters. */
  readonly refusals?: ReadonlyMap<string, readonly Refusal[]>;
  /** What joins need from the API; absent if no master is to join. */
  readonly joining?: Joining;
  /** Whether admin.conf has full access to the cluster; kubectl's changes and kubeadm use it. */
  readonly adminMayAll?: boolean;
  /** The failed probes of single hosts. */
  readonly failures: readonly Problem[];
}
