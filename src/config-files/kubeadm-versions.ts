import { Failure } from "../failure.js";

/** From which minor on, and up to which, something holds; both inclusive. Paths are below cmd/kubeadm/app of Kubernetes. */
interface Span {
  readonly from?: number;
  readonly to?: number;
  readonly source: string;
}

/** All that differs between the versions of Kubernetes that this program meets. There is no second place. */
const DIFFERENCES = {
  /** kubeadm reads and writes v1beta3. */
  v1beta3: { from: 22, source: "apis/kubeadm/scheme/scheme.go (1.22)" },
  v1beta4: { from: 31, source: "apis/kubeadm/scheme/scheme.go (1.31)" },
  masterTaint: { to: 24, source: "constants/constants.go (1.24), kubernetes#107533" },
  controlPlaneTaint: { from: 24, source: "constants/constants.go (1.24), kubernetes#107533" },
  criSocketWithScheme: { from: 24, source: "util/runtime/runtime.go (1.24)" },
  /** A folder with patches for static pods; the flag --experimental-patches at first. */
  patches: { from: 19, source: "util/patches/patches.go (1.19)" },
  /** Masters' kubelets ask their own apiserver without anybody asking for it. */
  kubeletLocalMode: { from: 33, source: "features/features.go:57 (1.33.13)" },
  /** ControlPlaneKubeletLocalMode can be switched on, or off. */
  kubeletLocalModeGate: { from: 31, to: 35, source: "features/features.go:58 (1.31.14), kubernetes#135773" },
  /** The phase control-plane-join/etcd of a join adds the etcd member; a hidden twin from 1.31 to 1.35. */
  etcdSubphase: { to: 35, source: "cmd/phases/join/controlplanejoin.go:80 (1.30.14), :100 (1.34.4)" },
  /** The phase etcd-join of a join adds it; only in the kubelet's local mode up to 1.35. */
  etcdJoinPhase: { from: 31, source: "cmd/phases/join/controlplanejoin.go:85 (1.31.14), :83 (1.37.2)" },
  /** A new member of etcd is a learner until it has caught up, so that adding it stops no write. */
  etcdLearner: { from: 29, source: "features/features.go (1.29): EtcdLearnerMode, kubernetes#120228" },
  /** EtcdLearnerMode can be switched off. */
  etcdLearnerGate: { to: 31, source: "features/features.go:56 (1.31.14), :58 (1.32.13)" },
  /** Ports 2379 and 2380 are tried on the address that the ClusterConfiguration lets apiservers announce. */
  portsAtAdvertised: { from: 37, source: "preflight/checks.go (1.37.2), kubernetes#138250" },
  /** kubeadm joins no machine below cgroup v1 (SystemVerification). */
  refusesCgroupV1: { from: 35, source: "preflight/checks.go (1.35), kubernetes#134298" },
  /** `kubeadm join` takes no key in PKCS #8 that is not RSA out of the Secret of the shared certificates. */
  refusesPkcs8: {
    to: 29,
    source: "1.20.2, tried; phases/copycerts/copycerts.go:257 (1.30.14) takes it; not looked up in between",
  },
  refusesManifests: { to: 22, source: "preflight/checks.go (1.22), DirAvailable--etc-kubernetes-manifests" },
  refusesSwap: { to: 22, source: "preflight/checks.go (1.22), kubernetes#104854" },
  /** kubeadm joins no machine without crictl. */
  wantsCrictl: { to: 30, source: "preflight/checks_linux.go:77 (1.30.14); a warning in 1.31.14" },
  wantsBridgeNetfilter: { to: 29, source: "preflight/checks.go (1.29), kubernetes#123464" },
  /** Settings of IPv4 are looked at whatever family the API has. */
  wantsIPv4Forwarding: { to: 26, source: "preflight/checks.go (1.26), kubernetes#115420" },
  /** The apiserver reads its certificate anew as soon as the file changes; before, once a minute (kubernetes#84200). */
  certificateAtOnce: { from: 23, source: "dynamic_serving_content.go (1.23), kubernetes#104102" },
  dualStackGate: { to: 20, source: "pkg/features/kube_features.go (1.20): IPv6DualStack is alpha" },
} as const satisfies Record<string, Span>;

/** Something that versions of Kubernetes differ in. */
export type Difference = keyof typeof DIFFERENCES;

/** The minors that whole migrations were made on, on real hosts, oldest first. */
export const TRIED = [20, 30, 33, 36, 37] as const;

/** Where a version stands among those that were tried. @throws Failure for a text that is not a version */
export function comparedWithTried(kubernetesVersion: string): "older" | "tried" | "between" | "newer" {
  const minor = minorOf(kubernetesVersion);
  if (TRIED.some((tried) => tried === minor)) return "tried";
  if (minor < Math.min(...TRIED)) return "older";
  return minor > Math.max(...TRIED) ? "newer" : "between";
}

/**
 * Whether something holds in a version such as `v1.37.2`.
 * @throws Failure for a text that is not a version of Kubernetes 1
 */
export function holds(difference: Difference, kubernetesVersion: string): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY }: Span = DIFFERENCES[difference];
  const minor = minorOf(kubernetesVersion);
  return from <= minor && minor <= to;
}

/** The first minor in which something holds, as people write it: `1.19`. */
export function since(difference: Difference): string {
  const { from = 0 }: Span = DIFFERENCES[difference];
  return `1.${from}`;
}

/** The phases of `kubeadm join` that add an etcd member, each of which this version knows. */
export function etcdPhases(kubernetesVersion: string): string[] {
  return [
    ...(holds("etcdJoinPhase", kubernetesVersion) ? ["etcd-join"] : []),
    ...(holds("etcdSubphase", kubernetesVersion) ? ["control-plane-join/etcd"] : []),
  ];
}

/** Whether kubeadm-config has new members of etcd vote at once, where its version would make them learners. */
export function isLearnerOff(
  kubernetesVersion: string,
  featureGates: Readonly<Record<string, boolean>> = {},
): boolean {
  const canBeOff = holds("etcdLearner", kubernetesVersion) && holds("etcdLearnerGate", kubernetesVersion);
  return canBeOff && featureGates["EtcdLearnerMode"] === false;
}

/** Whether a master's kubelet asks its own apiserver, by the version and what kubeadm-config says of its gate. */
export function isKubeletLocal(
  kubernetesVersion: string,
  featureGates: Readonly<Record<string, boolean>> = {},
): boolean {
  const gate = featureGates["ControlPlaneKubeletLocalMode"];
  const byDefault = holds("kubeletLocalMode", kubernetesVersion);
  return holds("kubeletLocalModeGate", kubernetesVersion) ? (gate ?? byDefault) : byDefault;
}

/**
 * How long `kubeadm join` may take before it gives up by itself, in seconds: its own limits, one after the other
 * (apis/kubeadm/v1beta4/defaults.go and constants/constants.go): discovery 300, TLS bootstrap 300, kubelet 240,
 * control plane 240, etcd's calls for adding and promoting 300 each, as join-configuration.ts sets them, the API's 60; and the pull of images, which has none.
 */
export const JOIN_SECONDS = 300 + 300 + 240 + 240 + 600 + 60 + 600;

/** Whether two versions are of one minor. */
export function sameMinor(one: string, other: string): boolean {
  return minorOf(one) === minorOf(other);
}

/**
 * The minor of a version such as `v1.20.2`: 20.
 * @throws Failure for another text
 */
function minorOf(kubernetesVersion: string): number {
  const minor = /^v?1\.(\d+)(\.|$)/.exec(kubernetesVersion)?.[1];
  if (minor === undefined) throw new Failure(`not a Kubernetes version: ${kubernetesVersion}`);
  return Number(minor);
}
