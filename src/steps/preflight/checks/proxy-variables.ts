import { masterStates, pending } from "../../../cluster/masters.js";
import { proxyVariables as variablesOf } from "../../../cluster/proxy-variables.js";
import { httpsProxy, isExempt, noProxy, shownProxies } from "../../../config-files/proxy-variables.js";
import { firstMaster } from "../../../inventory/targets.js";
import { MANIFESTS } from "../../../machine/static-pods.js";
import { APISERVER_PORT, ETCD_PORTS } from "../../../ports.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  /** Whether masters have yet to join. */
  readonly mastersJoin: boolean;
  /** The proxy variables with which kubeadm joins them, without users and passwords. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * kubeadm copies the proxy variables of its environment into static pods, so it needs them to create the same pods, and
 * would itself use the proxy for the API, etcd and the new apiserver.
 */
export const proxyVariables: PreflightCheck<Found> = {
  id: "proxy-variables",
  probe: async (fleet) => {
    const [states, found] = await Promise.all([masterStates(fleet), variablesOf(fleet)]);
    return { mastersJoin: pending(states).length > 0, variables: shownProxies(found) };
  },
  problems: ({ mastersJoin, variables }, inventory) => {
    const proxy = httpsProxy(variables);
    if (!mastersJoin || proxy === undefined) return [];
    const { endpoint } = inventory.cluster;
    const exceptions = noProxy(variables);
    const targets = [
      [endpoint.host, endpoint.port] as const,
      ...inventory.controlPlane.flatMap(({ address }) =>
        [APISERVER_PORT, ...ETCD_PORTS.slice(0, 1)].map((port) => [address, port] as const),
      ),
    ];
    const missing = targets.filter(([host, port]) => !isExempt(host, port, exceptions)).map(([host]) => host);
    if (missing.length === 0) return [];
    const names = [...new Set(missing)].join(", ");
    return [
      blocker(
        firstMaster(inventory).name,
        `kubeadm would connect to ${names} through the proxy ${proxy} of the static pods, because NO_PROXY (${exceptions || "not set"}) lacks them`,
        `add them to NO_PROXY in ${MANIFESTS}/kube-apiserver.yaml, kube-controller-manager.yaml and kube-scheduler.yaml, with the same value in each`,
      ),
    ];
  },
};
