import { holds } from "../config-files/kubeadm-versions.js";
import type { Inventory } from "../inventory/schema.js";
import { APISERVER_PORT, ETCD_PORTS } from "../ports.js";
import { areStaticPods } from "./load-balancer/running.js";
import { sharesApiserverPort } from "./load-balancer/shared-port.js";

/** A join's field with the checks of kubeadm's preflight that are to be warnings, each once; none where there are none. */
export function ignored(checks: readonly string[]): { ignorePreflightErrors?: readonly string[] } {
  return checks.length === 0 ? {} : { ignorePreflightErrors: [...new Set(checks)] };
}

/** What kubeadm is not to mind about a new master, by the operator's wish and by what our own preflight looks at instead. */
export function ignoredOnMaster(inventory: Inventory, host: string, kubernetesVersion: string): string[] {
  return [
    ...inventory.kubeadm.ignorePreflightErrors,
    // haproxy has it on the VIP, and preflight saw that nobody else does.
    ...(sharesApiserverPort(inventory, host) && !areStaticPods(inventory) ? [`Port-${APISERVER_PORT}`] : []),
    // kubeadm would try them on the VIP, which the machine does not have; preflight looked at its own addresses.
    ...(triesPortsOfVip(inventory, kubernetesVersion) ? ETCD_PORTS.map((port) => `Port-${port}`) : []),
  ];
}

/** Whether kubeadm tries etcd's ports on the VIP, because the ClusterConfiguration lets apiservers announce it. */
export function triesPortsOfVip({ cluster }: Inventory, kubernetesVersion: string): boolean {
  return cluster.advertise === "endpoint" && holds("portsAtAdvertised", kubernetesVersion);
}
