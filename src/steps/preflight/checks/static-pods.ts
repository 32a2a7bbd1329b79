import { clusterConfiguration, parseClusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { masterStates } from "../../../cluster/masters.js";
import { holds } from "../../../config-files/kubeadm-versions.js";
import { manifests, MANIFESTS } from "../../../machine/static-pods.js";
import { askEach, type Answers } from "../answers.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  readonly kubernetesVersion: string;
  /** The static pods on machines that have yet to join and have no files of an earlier join. */
  readonly pods: Answers<readonly string[]>;
}

/** kubeadm up to 1.22 does not join a machine that has static pod manifests (DirAvailable--etc-kubernetes-manifests). */
export const staticPods: PreflightCheck<Found> = {
  id: "static-pods",
  probe: async (fleet) => {
    const [text, states] = await Promise.all([clusterConfiguration(fleet), masterStates(fleet)]);
    const untouched = states.filter(({ state }) => state === "absent").map(({ name }) => fleet.host(name));
    const { kubernetesVersion } = parseClusterConfiguration(text);
    return { kubernetesVersion, pods: await askEach(untouched, (host) => host.ask(manifests)) };
  },
  problems: ({ kubernetesVersion, pods: { found, failures } }) => {
    if (!holds("refusesManifests", kubernetesVersion)) return [...failures];
    return [
      ...failures,
      ...[...found]
        .filter(([, names]) => names.length > 0)
        .map(([name, names]) =>
          blocker(
            name,
            `${MANIFESTS} contains static pods, and kubeadm does not join such a machine: ${names.join(", ")}`,
            `move them out of that directory on ${name}; k8s-ha writes the load balancer's static pods after the join`,
          ),
        ),
    ];
  },
};
