import { createHash } from "node:crypto";

/**
 * The value of a ConfigMap's annotation `kubeadm.kubernetes.io/component-config.hash`: SHA-256 of the values in the order
 * of their keys. kubeadm treats a ConfigMap with another hash as user-supplied and does not change it in upgrades
 * (Kubernetes 1.20.2, cmd/kubeadm/app/componentconfigs/checksums.go).
 */
export function componentConfigHash(data: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const key of Object.keys(data).sort()) hash.update(data[key] ?? "");
  return `sha256:${hash.digest("hex")}`;
}
