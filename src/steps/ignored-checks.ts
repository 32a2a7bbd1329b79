import { areStaticPods } from "../cluster/load-balancer-program.js";
import { holds } from "../config-files/kubeadm-versions.js";
import { sharesApiserverPort } from "../inventory/haproxy-ports.js";
import type { Inventory } from "../inventory/schema.js";
import { APISERVER_PORT, ETCD_PORTS } from "../ports.js";

/** The join's `ignorePreflightErrors` field without duplicates; no field if there are no checks to ignore. */
export function ignored(checks: readonly string[]): { ignorePreflightErrors?: readonly string[] } {
  return checks.length === 0 ? {} : { ignorePreflightErrors: [...new Set(checks)] };
}

/** The kubeadm preflight checks to ignore on a new master: the operator's, and those that k8s-ha's preflight replaces. */
export function ignoredOnMaster(inventory: Inventory, host: string, kubernetesVersion: string): string[] {
  return [
    ...inventory.kubeadm.ignorePreflightErrors,
    // haproxy listens there on the VIP; preflight has checked that nothing else uses the port.
    ...(sharesApiserverPort(inventory, host) && !areStaticPods(inventory) ? [`Port-${APISERVER_PORT}`] : []),
    // kubeadm would check them on the VIP, which the machine does not hold; preflight has checked its own addresses.
    ...(triesPortsOfVip(inventory, kubernetesVersion) ? ETCD_PORTS.map((port) => `Port-${port}`) : []),
  ];
}

/** Whether kubeadm checks etcd's ports on the VIP, because the ClusterConfiguration has apiservers advertise it. */
export function triesPortsOfVip({ cluster }: Inventory, kubernetesVersion: string): boolean {
  return cluster.advertise === "endpoint" && holds("portsAtAdvertised", kubernetesVersion);
}
