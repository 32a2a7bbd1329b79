import { Failure } from "../failure.js";

/** The versions of kubeadm's configuration that this program writes. */
export type KubeadmApi = "kubeadm.k8s.io/v1beta2" | "kubeadm.k8s.io/v1beta3" | "kubeadm.k8s.io/v1beta4";

const KNOWN: readonly string[] = [
  "kubeadm.k8s.io/v1beta2",
  "kubeadm.k8s.io/v1beta3",
  "kubeadm.k8s.io/v1beta4",
] satisfies KubeadmApi[];

/**
 * The configuration version that a kubeadm of this Kubernetes version writes: to 1.21 v1beta2, to 1.30 v1beta3,
 * from 1.31 v1beta4 (validateSupportedVersion in cmd/kubeadm/app/util/config/common.go of each).
 * @throws Failure for a text that is not a version such as v1.28.3
 */
export function kubeadmApi(kubernetesVersion: string): KubeadmApi {
  const minor = /^v?1\.(\d+)(\.|$)/.exec(kubernetesVersion)?.[1];
  if (minor === undefined) throw new Failure(`not a Kubernetes version: ${kubernetesVersion}`);
  if (Number(minor) <= 21) return "kubeadm.k8s.io/v1beta2";
  return Number(minor) <= 30 ? "kubeadm.k8s.io/v1beta3" : "kubeadm.k8s.io/v1beta4";
}

/**
 * The given configuration's version, if it is one that this program can edit.
 * @throws Failure otherwise
 */
export function knownKubeadmApi(apiVersion: unknown): KubeadmApi {
  const known = KNOWN.find((version) => version === apiVersion);
  if (known === undefined) {
    throw new Failure(`ClusterConfiguration of an unknown apiVersion: ${JSON.stringify(apiVersion)}`, {
      hint: `this program edits ${KNOWN.join(", ")}; \`kubeadm config migrate\` rewrites older ones`,
    });
  }
  return known as KubeadmApi;
}

/** A command-line flag as this version writes it: one entry of a mapping, or of a list from v1beta4 on. */
export function extraArg(api: KubeadmApi, name: string, value: string): unknown {
  return api === "kubeadm.k8s.io/v1beta4" ? [{ name, value }] : { [name]: value };
}
