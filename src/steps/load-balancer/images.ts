import { echoMissing, kubeletSocket } from "../../machine/container-runtime.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { remoteQuery } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { clusterConfiguration, parseClusterConfiguration } from "../../cluster/kubeadm-config.js";
import { selectedHosts } from "../host-selector.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { masterStates, type MasterState } from "../../cluster/masters.js";
import { arrived, pulls, type MissingImages } from "../missing-images.js";
import type { Step } from "../step.js";

/** Pulls the images of the load balancers' static pods to their masters before clients are pointed to them. */
export const loadBalancerImages: Step<MissingImages> = {
  id: "load-balancer-images",
  title: "Pull the haproxy and keepalived images",
  why: "A load balancer cannot serve while its image downloads, so all images are pulled before one is needed.",
  rollout: "together",
  on: "pod-load-balancers",
  async probe(fleet) {
    const wanted = selectedHosts(fleet.inventory, "pod-load-balancers");
    if (wanted.length === 0) return { hosts: [] };
    const [states, configuration] = await Promise.all([masterStates(fleet), clusterConfiguration(fleet)]);
    const { kubernetesVersion } = parseClusterConfiguration(configuration);
    const { haproxy, keepalived } = fleet.inventory.loadBalancer.images;
    const hosts = states.map(async (master): Promise<MissingImages["hosts"]> => {
      const criSocket = await socketOf(master, fleet, kubernetesVersion);
      // If the container runtime is unknown, the join reports it.
      if (criSocket === undefined || !wanted.includes(master.name)) return [];
      const lines = echoMissing(criSocket, sh`${[haproxy, keepalived]}`);
      const missing = remoteQuery(lines, (out) => out.split("\n").filter((image) => image !== ""));
      return [{ name: master.name, criSocket, missing: await fleet.host(master.name).ask(missing) }];
    });
    return { hosts: (await Promise.all(hosts)).flat() };
  },
  plan: (facts) => ({ changes: pulls(facts) }),
  async verify(fleet) {
    return arrived(await this.probe(fleet));
  },
};

/** The CRI socket of the kubelet, or the one that it will use after the join. */
async function socketOf(
  master: MasterState,
  fleet: ReadOnlyFleet,
  kubernetesVersion: string,
): Promise<string | undefined> {
  return master.state === "joined"
    ? await fleet.host(master.name).ask(kubeletSocket)
    : joinSocket(master, fleet.inventory, kubernetesVersion);
}
