import { holds } from "./kubeadm-versions.js";

/** Bytes per second: 16 Mbit/s. Over a faster link, a new etcd member receives the database within kubeadm's limits. */
const SLOW_LINK = 2_000_000;

/** kubeadm's limits that k8s-ha sets for a join, in seconds, by their names in v1beta4. */
interface JoinTimeouts {
  readonly discovery: number;
  /** Each of kubeadm's waits for etcd: until a new member is added, has started, and has caught up. */
  readonly etcdAPICall: number;
  /** Also the limit of the startup probes of the static pods, after which the kubelet stops a member that catches up. */
  readonly controlPlaneComponentHealthCheck?: number;
  /** A master's kubelet may need its own apiserver, which needs the new member. */
  readonly tlsBootstrap?: number;
}

/** kubeadm's defaults: constants/constants.go (1.37.2). */
const HEALTH = 240;
const TLS_BOOTSTRAP = 300;
/** Instead of kubeadm's 2 min: on a busy machine a new member takes longer to start. */
const ETCD = 300;
const DISCOVERY = 300;

/**
 * The limits for a join. A database that takes long over a slow link extends those that wait for the new etcd member.
 * @param databaseBytes the size of etcd's database, if the join adds a member
 */
export function joinTimeouts(databaseBytes = 0): JoinTimeouts {
  const slow = Math.ceil(databaseBytes / SLOW_LINK);
  const extended = slow > HEALTH / 2;
  return {
    discovery: DISCOVERY,
    etcdAPICall: ETCD + slow,
    ...(extended && {
      controlPlaneComponentHealthCheck: HEALTH + slow,
      tlsBootstrap: TLS_BOOTSTRAP + slow,
    }),
  };
}

/**
 * kubeadm's limit for one wait for etcd, in seconds. Up to 1.29 it is the sum of a backoff: 17 pauses from 0.1 s, each
 * 1.5 times the former and up to a tenth longer, and 18 requests of up to 2 s (util/etcd/etcd.go:49, 1.29.15).
 */
function etcdSeconds(kubernetesVersion: string, databaseBytes: number): { least: number; most: number } {
  if (holds("etcdBackoff", kubernetesVersion)) return { least: 197, most: 253 };
  const own = joinTimeouts(databaseBytes).etcdAPICall;
  // constants/constants.go:227 (1.30.14), before v1beta4 can set it.
  const seconds = holds("v1beta4", kubernetesVersion) ? own : 120;
  return { least: seconds, most: seconds };
}

/**
 * For how many seconds a new etcd member that does not vote yet may catch up: until kubeadm ends, or the kubelet stops
 * the member because of its startup probe.
 */
export function catchUpSeconds(kubernetesVersion: string, databaseBytes: number): number {
  const { controlPlaneComponentHealthCheck: health = HEALTH } = joinTimeouts(databaseBytes);
  const probe = holds("v1beta4", kubernetesVersion) ? health : HEALTH;
  return Math.min(probe, etcdSeconds(kubernetesVersion, databaseBytes).least);
}

/** How often kubeadm asks all etcd members whether they are available, and pauses 5 s: phases/etcd/local.go:50 (1.37.2). */
const AVAILABLE = { tries: 8, pause: 5 };
/** Its other waits for etcd: two clients, the check of the members, adding one, its id, its start, its promotion. */
const OTHER_ETCD_WAITS = 7;
/** Its waits for the API of one or two minutes each: configurations, certificates, the node's marks. */
const API_CALLS = 10 * 60;
/** What has no limit: pulling images that are missing. */
const IMAGES = 600;

/**
 * The longest that `kubeadm join` of this version waits before it ends by itself, in seconds: the sum of its limits. It
 * reads cluster-info twice.
 * @param etcdMembers the members including the new one; 0 if the join adds none
 */
export function joinSeconds(kubernetesVersion: string, etcdMembers: number, databaseBytes = 0): number {
  const { controlPlaneComponentHealthCheck: health = HEALTH, tlsBootstrap = TLS_BOOTSTRAP } =
    joinTimeouts(databaseBytes);
  const { most } = etcdSeconds(kubernetesVersion, databaseBytes);
  const etcd =
    etcdMembers === 0
      ? 0
      : AVAILABLE.tries * (etcdMembers * most + AVAILABLE.pause) + OTHER_ETCD_WAITS * most;
  return 2 * DISCOVERY + tlsBootstrap + HEALTH + health + API_CALLS + IMAGES + etcd;
}
