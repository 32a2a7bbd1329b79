import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { comparedWithTried, TRIED } from "../../../config-files/kubeadm-versions.js";
import { firstMaster } from "../../../inventory/targets.js";
import { blocker, type PreflightCheck } from "../check.js";

const minor = (number: number): string => `1.${number}`;

/** k8s-ha was tested on clusters of this version. */
export const testedVersion: PreflightCheck<{ readonly kubernetesVersion: string }> = {
  id: "tested-version",
  probe: async (fleet) => {
    const { kubernetesVersion } = parseClusterConfiguration(await clusterConfiguration(fleet));
    return { kubernetesVersion };
  },
  problems: ({ kubernetesVersion }, inventory) => {
    const { name: first } = firstMaster(inventory);
    const what = `the cluster is ${kubernetesVersion}`;
    const newest = TRIED.at(-1) ?? 0;
    const oldest = TRIED[0];
    switch (comparedWithTried(kubernetesVersion)) {
      case "tried":
        return [];
      case "older": {
        const older = `${what}; the oldest version that k8s-ha was tested on is ${minor(oldest)}`;
        return [blocker(first, older, `upgrade the cluster to ${minor(oldest)} or later`)];
      }
      case "newer": {
        const newer = `${what}; the newest version that k8s-ha was tested on is ${minor(newest)}`;
        const fix = "use a newer k8s-ha, or pass --allow-untried-version after a test on a test cluster";
        return [{ ...blocker(first, newer, fix), allowedBy: "--allow-untried-version" }];
      }
      case "between": {
        const tried = TRIED.map(minor).join(", ");
        const between = `${what}; k8s-ha was tested on ${tried}; for the versions between, k8s-ha relies on kubeadm's source code and on unit tests`;
        return [
          {
            severity: "warning",
            host: first,
            what: between,
            fix: "test the migration on a test cluster first",
          },
        ];
      }
    }
  },
};
