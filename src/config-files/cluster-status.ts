import { isMap, parseDocument } from "yaml";

/**
 * The ClusterStatus of kubeadm-config (up to 1.21) without a master; `undefined` if that master is not in it. The rest is
 * formatted as by kubeadm: sorted keys, two spaces per level.
 */
export function withoutMaster(clusterStatus: string, node: string): string | undefined {
  const document = parseDocument(clusterStatus);
  const endpoints = document.get("apiEndpoints");
  if (!isMap(endpoints) || !endpoints.delete(node)) return undefined;
  return document.toString({ lineWidth: 0 });
}
