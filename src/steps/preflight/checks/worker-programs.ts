import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { holds, sameMinor } from "../../../config-files/kubeadm-versions.js";
import { nodePrograms, type NodePrograms } from "../../../machine/kubeadm.js";
import { askEquipped, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";
import { joiningWorkers } from "../joining-workers.js";

interface Found {
  readonly kubernetesVersion: string;
  readonly programs: Answers<NodePrograms>;
}

/** The machines that are to join as workers have the programs for that, of the cluster's minor version. */
export const workerPrograms: PreflightCheck<Found> = {
  id: "worker-programs",
  probe: async (fleet) => {
    const [text, workers] = await Promise.all([clusterConfiguration(fleet), joiningWorkers(fleet)]);
    const hosts = workers.map(({ name }) => fleet.host(name));
    const { kubernetesVersion } = parseClusterConfiguration(text);
    return { kubernetesVersion, programs: await askEquipped(fleet, hosts, (host) => host.ask(nodePrograms)) };
  },
  problems: ({ kubernetesVersion, programs: { found, failures } }) => [
    ...failures,
    ...[...found].flatMap(([name, { missing, versions }]) => [
      ...missing
        .filter((tool) => tool !== "crictl" || holds("wantsCrictl", kubernetesVersion))
        .map((tool) =>
          blocker(
            name,
            `${tool} is not installed, and ${name} is not yet a node of the cluster`,
            `install it so that ${name} can join as a worker, or remove ${name} from the inventory`,
          ),
        ),
      ...Object.entries(versions)
        .filter(([, version]) => !sameMinor(version, kubernetesVersion))
        .map(([program, version]) =>
          blocker(
            name,
            `${program} is ${version}, the cluster is ${kubernetesVersion}`,
            `install kubeadm and kubelet ${kubernetesVersion} on ${name}`,
          ),
        ),
    ]),
  ],
};
