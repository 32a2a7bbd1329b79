import { Failure } from "../failure.js";
import { holds } from "./kubeadm-versions.js";

/** The versions of kubeadm's configuration that k8s-ha writes. */
export type KubeadmApi = "kubeadm.k8s.io/v1beta2" | "kubeadm.k8s.io/v1beta3" | "kubeadm.k8s.io/v1beta4";

const KNOWN: readonly string[] = [
  "kubeadm.k8s.io/v1beta2",
  "kubeadm.k8s.io/v1beta3",
  "kubeadm.k8s.io/v1beta4",
] satisfies KubeadmApi[];

/**
 * The configuration version that kubeadm of this Kubernetes version writes: v1beta2 up to 1.21, v1beta3 up to 1.30,
 * v1beta4 from 1.31 on (validateSupportedVersion in cmd/kubeadm/app/util/config/common.go of each).
 * @throws Failure for a text that is not a version such as v1.28.3
 */
export function kubeadmApi(kubernetesVersion: string): KubeadmApi {
  if (holds("v1beta4", kubernetesVersion)) return "kubeadm.k8s.io/v1beta4";
  return holds("v1beta3", kubernetesVersion) ? "kubeadm.k8s.io/v1beta3" : "kubeadm.k8s.io/v1beta2";
}

/**
 * The configuration's version, if k8s-ha can edit it.
 * @throws Failure otherwise
 */
export function knownKubeadmApi(apiVersion: unknown): KubeadmApi {
  const known = KNOWN.find((version) => version === apiVersion);
  if (known === undefined) {
    throw new Failure(`ClusterConfiguration of an unknown apiVersion: ${JSON.stringify(apiVersion)}`, {
      hint: `k8s-ha edits ${KNOWN.join(", ")}; \`kubeadm config migrate\` rewrites older ones`,
    });
  }
  return known as KubeadmApi;
}

/** Command-line flags in this version's format: a mapping, or a list from v1beta4 on. */
export function extraArgs(api: KubeadmApi, flags: Readonly<Record<string, string>>): unknown {
  if (api !== "kubeadm.k8s.io/v1beta4") return flags;
  return Object.entries(flags).map(([name, value]) => ({ name, value }));
}

/** The taints that kubeadm of this version sets on a master: `master` up to 1.24, `control-plane` from 1.24 on. */
export function masterTaints(kubernetesVersion: string): string {
  const roles = [
    ...(holds("masterTaint", kubernetesVersion) ? ["master"] : []),
    ...(holds("controlPlaneTaint", kubernetesVersion) ? ["control-plane"] : []),
  ];
  return roles.map((role) => `node-role.kubernetes.io/${role}=:NoSchedule`).join(",");
}
