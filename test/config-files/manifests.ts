import { readFileSync } from "node:fs";
import { STATIC_PODS } from "../../src/machine/static-pods.js";
import type { StaticPod } from "../../src/cluster/static-pod-manifests.js";

/**
 * The manifests that kubeadm of a version writes on the lab's first master, by static pod: `kubeadm init phase
 * control-plane all --dry-run` and `etcd local --dry-run`, with the ClusterConfiguration of the recorded facts.
 */
export function manifestsOf(version: "1.20.2" | "1.30.14" | "1.37.2"): Record<StaticPod, string> {
  const read = (pod: StaticPod) =>
    readFileSync(new URL(`manifests/${version}/${pod}.yaml`, import.meta.url), "utf8");
  return Object.fromEntries(STATIC_PODS.map((pod) => [pod, read(pod)])) as Record<StaticPod, string>;
}
