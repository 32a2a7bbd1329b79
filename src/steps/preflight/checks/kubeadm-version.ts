import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates, pending } from "../../../cluster/masters.js";
import { sameMinor } from "../../../config-files/kubeadm-versions.js";
import { kubeadmVersion as versionOfKubeadm } from "../../../machine/kubeadm.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Versions {
  readonly kubernetesVersion: string;
  /** kubeadm's version on the first master and on those that have yet to join; none if all have joined. */
  readonly kubeadm: Answers<string>;
}

/** kubeadm has the cluster's minor version wherever a join uses it. */
export const kubeadmVersion: PreflightCheck<Versions> = {
  id: "kubeadm-version",
  probe: async (fleet) => {
    const [text, states] = await Promise.all([clusterConfiguration(fleet), masterStates(fleet)]);
    const waiting = pending(states).map(({ name }) => fleet.host(name));
    const hosts = waiting.length === 0 ? [] : [fleet.firstMaster, ...waiting];
    const { kubernetesVersion } = parseClusterConfiguration(text);
    return {
      kubernetesVersion,
      kubeadm: await askEquipped(fleet, hosts, (host) => host.ask(versionOfKubeadm)),
    };
  },
  problems: ({ kubernetesVersion, kubeadm: { found, failures } }) => [
    ...failures,
    ...[...found]
      .filter(([, version]) => !sameMinor(version, kubernetesVersion))
      .map(([name, version]) =>
        blocker(
          name,
          `kubeadm is ${version}, the cluster is ${kubernetesVersion}`,
          `install kubeadm, kubelet and kubectl ${kubernetesVersion} on ${name}`,
        ),
      ),
  ],
};
