import type { StaticPod } from "../../cluster/static-pod-manifests.js";
import { BIND_ADDRESS } from "../../config-files/bind-address-patch.js";
import type { PodDifference } from "../../config-files/pod-differences.js";
import { MANIFESTS } from "../../machine/static-pods.js";
import type { Problem } from "../step.js";
import { blocker } from "./check.js";

/** The section of the ClusterConfiguration with a static pod's settings. */
const SECTIONS: Readonly<Record<StaticPod, string>> = {
  etcd: "etcd.local",
  "kube-apiserver": "apiServer",
  "kube-controller-manager": "controllerManager",
  "kube-scheduler": "scheduler",
};
/** Flags that kubeadm derives from another field, unless extraArgs has them. */
const FIELDS: Readonly<Record<string, string>> = {
  "--allocate-node-cidrs": "networking.podSubnet",
  "--cluster-cidr": "networking.podSubnet",
  "--service-cluster-ip-range": "networking.serviceSubnet",
};

/** Where a setting is in the ClusterConfiguration. */
function fieldOf(pod: StaticPod, { kind, name }: PodDifference): string {
  const section = SECTIONS[pod];
  if (kind === "flag")
    return `${section}.extraArgs${FIELDS[name] === undefined ? "" : ` (or ${FIELDS[name]})`}`;
  if (kind === "image") return pod === "etcd" ? `imageRepository or ${section}.imageTag` : "imageRepository";
  if (kind === "container" || (pod === "etcd" && kind === "mount")) return "patches (kubeadm.patches)";
  return `${section}.${kind === "mount" ? "extraVolumes" : "extraEnvs (v1beta4)"}`;
}

function howToAgree(host: string, pod: StaticPod, differences: readonly PodDifference[]): string {
  const fields = [...new Set(differences.map((one) => fieldOf(pod, one)))].join(", ");
  return `make both equal: edit ${fields} with kubectl -n kube-system edit configmap kubeadm-config; or edit ${MANIFESTS}/${pod}.yaml on ${host}, which restarts ${pod}`;
}

function inWords({ name, running = "not set", joining = "not set" }: PodDifference, host: string): string {
  return `${name} (${host}: ${running}; kubeadm-config: ${joining})`;
}

/** A difference that must not be. */
export function harmful(host: string, pod: StaticPod, one: PodDifference): Problem {
  const what = `${pod} on new masters would differ from the one on ${host} in ${inWords(one, host)}: ${one.harm ?? ""}`;
  return blocker(host, what, howToAgree(host, pod, [one]));
}

/** The differences of a static pod that only have to be known. */
export function different(host: string, pod: StaticPod, all: readonly PodDifference[]): Problem {
  const list = all.map((one) => inWords(one, host)).join(", ");
  const what = `${pod} on new masters will differ from the one on ${host} in ${list}`;
  return {
    severity: "warning",
    host,
    what,
    fix: `check whether this is intended, or ${howToAgree(host, pod, all)}`,
  };
}

/** A listen address that extraArgs cannot set for only one machine. */
export function onlyHere(host: string, address: string): Problem {
  return {
    severity: "warning",
    host,
    what: `kube-apiserver listens only on ${address} (--${BIND_ADDRESS} in its manifest); new masters' apiservers will listen on all addresses`,
    fix: `keep it, or remove the flag from ${MANIFESTS}/kube-apiserver.yaml; in apiServer.extraArgs it would apply to every master`,
  };
}
