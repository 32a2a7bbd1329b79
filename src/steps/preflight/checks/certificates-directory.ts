import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { firstMaster } from "../../../inventory/targets.js";
import { blocker, type PreflightCheck } from "../check.js";

const SUPPORTED = "/etc/kubernetes/pki";

/** The cluster's certificates are where k8s-ha reads and writes them. */
export const certificatesDirectory: PreflightCheck<{ readonly clusterConfiguration: string }> = {
  id: "certificates-directory",
  probe: async (fleet) => ({ clusterConfiguration: await clusterConfiguration(fleet) }),
  problems: (found, inventory) => {
    const { certificatesDir = SUPPORTED } = parseClusterConfiguration(found.clusterConfiguration);
    if (certificatesDir === SUPPORTED) return [];
    const { name } = firstMaster(inventory);
    return [blocker(name, `certificatesDir is ${certificatesDir}`, `k8s-ha supports only ${SUPPORTED}`)];
  },
};
