import { isMap, parseDocument } from "yaml";

/**
 * The ClusterStatus of kubeadm-config (up to 1.21) without a master; `undefined` where that master is not in it. The
 * rest is written as kubeadm itself writes it: its keys in order, two blanks a level.
 */
export function withoutMaster(clusterStatus: string, node: string): string | undefined {
  const document = parseDocument(clusterStatus);
  const endpoints = document.get("apiEndpoints");
  if (!isMap(endpoints) || !endpoints.delete(node)) return undefined;
  return document.toString({ lineWidth: 0 });
}
