import { Failure } from "../failure.js";

/** The first and last minor version with a behavior, both inclusive. Paths are below cmd/kubeadm/app of Kubernetes. */
interface Span {
  readonly from?: number;
  readonly to?: number;
  readonly source: string;
}

/** All differences between Kubernetes versions that k8s-ha handles; version checks belong only here. */
const DIFFERENCES = {
  /** kubeadm reads and writes v1beta3. */
  v1beta3: { from: 22, source: "apis/kubeadm/scheme/scheme.go (1.22)" },
  v1beta4: { from: 31, source: "apis/kubeadm/scheme/scheme.go (1.31)" },
  /** `kubeadm init phase control-plane all --dry-run` writes to $KUBEADM_INIT_DRYRUN_DIR, and to nothing else. */
  controlPlaneDryRun: {
    from: 22,
    source: "cmd/phases/init/controlplane.go:106, cmd/init.go:374 (1.22.17), kubernetes#102722",
  },
  /** `kubeadm init phase etcd local --dry-run` does. */
  etcdDryRun: { from: 26, source: "cmd/phases/init/etcd.go:75 (1.26.15), absent in 1.25.16" },
  masterTaint: { to: 24, source: "constants/constants.go (1.24), kubernetes#107533" },
  controlPlaneTaint: { from: 24, source: "constants/constants.go (1.24), kubernetes#107533" },
  criSocketWithScheme: { from: 24, source: "util/runtime/runtime.go (1.24)" },
  /** A directory with patches for static pods; at first with the flag --experimental-patches. */
  patches: { from: 19, source: "util/patches/patches.go (1.19)" },
  /** Masters' kubelets use their own apiserver by default. */
  kubeletLocalMode: { from: 33, source: "features/features.go:57 (1.33.13)" },
  /** The feature gate ControlPlaneKubeletLocalMode can be set. */
  kubeletLocalModeGate: { from: 31, to: 35, source: "features/features.go:58 (1.31.14), kubernetes#135773" },
  /** The phase control-plane-join/etcd of a join adds the etcd member; a hidden duplicate from 1.31 to 1.35. */
  etcdSubphase: { to: 35, source: "cmd/phases/join/controlplanejoin.go:80 (1.30.14), :100 (1.34.4)" },
  /** The phase etcd-join of a join adds it; only in the kubelet's local mode up to 1.35. */
  etcdJoinPhase: { from: 31, source: "cmd/phases/join/controlplanejoin.go:85 (1.31.14), :83 (1.37.2)" },
  /** A new etcd member is a learner until it has caught up, so that adding it does not block writes. */
  etcdLearner: { from: 29, source: "features/features.go (1.29): EtcdLearnerMode, kubernetes#120228" },
  /** The feature gate EtcdLearnerMode can be disabled. */
  etcdLearnerGate: { to: 31, source: "features/features.go:56 (1.31.14), :58 (1.32.13)" },
  /** kubeadm repeats its requests to etcd with a growing pause, instead of for a time that can be set. */
  etcdBackoff: { to: 29, source: "util/etcd/etcd.go:49 (1.29.15), absent in 1.30.14" },
  /** kubeadm probes ports 2379 and 2380 on the address that the ClusterConfiguration makes apiservers announce. */
  portsAtAdvertised: { from: 37, source: "preflight/checks.go (1.37.2), kubernetes#138250" },
  /** kubeadm does not join machines with cgroup v1 (SystemVerification). */
  refusesCgroupV1: { from: 35, source: "preflight/checks.go (1.35), kubernetes#134298" },
  /** `kubeadm join` accepts only RSA keys in PKCS #8 from the Secret of the shared certificates. */
  refusesPkcs8: {
    to: 29,
    source:
      "1.20.2, tested; phases/copycerts/copycerts.go:257 (1.30.14) accepts it; versions between not checked",
  },
  refusesManifests: { to: 22, source: "preflight/checks.go (1.22), DirAvailable--etc-kubernetes-manifests" },
  refusesSwap: { to: 22, source: "preflight/checks.go (1.22), kubernetes#104854" },
  /** kubeadm does not join machines without crictl. */
  wantsCrictl: { to: 30, source: "preflight/checks_linux.go:77 (1.30.14); a warning in 1.31.14" },
  wantsBridgeNetfilter: { to: 29, source: "preflight/checks.go (1.29), kubernetes#123464" },
  /** kubeadm checks IPv4 settings regardless of the API's IP family. */
  wantsIPv4Forwarding: { to: 26, source: "preflight/checks.go (1.26), kubernetes#115420" },
  /** The apiserver reloads its certificate as soon as the file changes; earlier versions once a minute (kubernetes#84200). */
  certificateAtOnce: { from: 23, source: "dynamic_serving_content.go (1.23), kubernetes#104102" },
  /** EndpointSlices are in discovery.k8s.io/v1. */
  endpointSlicesV1: { from: 21, source: "Kubernetes' pkg/apis/discovery/v1 (1.21)" },
  /** A kubelet that starts reports pods with a readiness or startup probe as not Ready until it has probed them. */
  restartLosesReadiness: {
    to: 34,
    source:
      "pkg/kubelet/prober/worker.go:250 (1.34.4), :252 (1.35.0): ChangeContainerStatusOnKubeletRestart, KEP-4781",
  },
  dualStackGate: { to: 20, source: "pkg/features/kube_features.go (1.20): IPv6DualStack is alpha" },
} as const satisfies Record<string, Span>;

/** A behavior that differs between Kubernetes versions. */
export type Difference = keyof typeof DIFFERENCES;

/** The minor versions on which full migrations were tested on real hosts, oldest first. */
export const TRIED = [20, 30, 31, 32, 33, 34, 35, 36, 37] as const;

/** Where a version is relative to the tested ones. @throws Failure for a text that is not a version */
export function comparedWithTried(kubernetesVersion: string): "older" | "tried" | "between" | "newer" {
  const minor = minorOf(kubernetesVersion);
  if (TRIED.some((tried) => tried === minor)) return "tried";
  if (minor < Math.min(...TRIED)) return "older";
  return minor > Math.max(...TRIED) ? "newer" : "between";
}

/**
 * Whether a version such as `v1.37.2` has a behavior.
 * @throws Failure for a text that is not a version of Kubernetes 1
 */
export function holds(difference: Difference, kubernetesVersion: string): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY }: Span = DIFFERENCES[difference];
  const minor = minorOf(kubernetesVersion);
  return from <= minor && minor <= to;
}

/** The first minor version with a behavior, such as `1.19`. */
export function since(difference: Difference): string {
  const { from = 0 }: Span = DIFFERENCES[difference];
  return `1.${from}`;
}

/** The phases of `kubeadm join` in this version that add an etcd member. */
export function etcdPhases(kubernetesVersion: string): string[] {
  return [
    ...(holds("etcdJoinPhase", kubernetesVersion) ? ["etcd-join"] : []),
    ...(holds("etcdSubphase", kubernetesVersion) ? ["control-plane-join/etcd"] : []),
  ];
}

/** Whether kubeadm-config disables learner mode for new etcd members in a version where it is the default. */
export function isLearnerOff(
  kubernetesVersion: string,
  featureGates: Readonly<Record<string, boolean>> = {},
): boolean {
  const canBeOff = holds("etcdLearner", kubernetesVersion) && holds("etcdLearnerGate", kubernetesVersion);
  return canBeOff && featureGates["EtcdLearnerMode"] === false;
}

/** Whether a master's kubelet uses its own apiserver, by the version and the feature gate in kubeadm-config. */
export function isKubeletLocal(
  kubernetesVersion: string,
  featureGates: Readonly<Record<string, boolean>> = {},
): boolean {
  const gate = featureGates["ControlPlaneKubeletLocalMode"];
  const byDefault = holds("kubeletLocalMode", kubernetesVersion);
  return holds("kubeletLocalModeGate", kubernetesVersion) ? (gate ?? byDefault) : byDefault;
}

/** Whether two versions have the same minor version. */
export function sameMinor(one: string, other: string): boolean {
  return minorOf(one) === minorOf(other);
}

/**
 * The minor version of a version such as `v1.20.2`: 20.
 * @throws Failure for another text
 */
export function minorOf(kubernetesVersion: string): number {
  const minor = /^v?1\.(\d+)(\.|$)/.exec(kubernetesVersion)?.[1];
  if (minor === undefined) throw new Failure(`not a Kubernetes version: ${kubernetesVersion}`);
  return Number(minor);
}
