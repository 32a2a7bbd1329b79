import { echoMissing } from "../../machine/container-runtime.js";
import { listImages } from "../../machine/kubeadm.js";
import { remoteQuery, type Query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import {
  desiredConfiguration,
  kubeadmFacts,
  parseClusterConfiguration,
} from "../../cluster/kubeadm-config.js";
import { joinSocket } from "../../cluster/cri-socket.js";
import { masterStates, pending } from "../../cluster/masters.js";
import { arrived, pulls, type MissingImages } from "../missing-images.js";
import type { Step } from "../step.js";

/** The images that kubeadm requires on a host and that its container runtime does not have. */
export function missingImages(node: Parameters<typeof listImages>[0]): Query<string[]> {
  return remoteQuery(
    sh`images=$(${listImages(node)}) || exit
${echoMissing(node.criSocket, sh`$images`)}`,
    (out) => out.split("\n").filter((image) => image !== ""),
    { shownAs: "kubeadm config images list" },
  );
}

/** Pulls the control-plane images on every new master before its etcd member is added. */
export const images: Step<MissingImages> = {
  id: "images",
  title: "Pull control-plane images on joining nodes",
  why: "etcd expects a new member to start as soon as it is added, so no image download may delay the start.",
  rollout: "together",
  on: "new-masters",
  async probe(fleet) {
    const [cluster, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    const { kubernetesVersion } = parseClusterConfiguration(cluster.clusterConfiguration);
    const clusterConfiguration = desiredConfiguration(cluster, fleet.inventory);
    const waiting = pending(states).flatMap((master) => {
      const criSocket = joinSocket(master, fleet.inventory, kubernetesVersion);
      // If the runtime is unknown, the join reports it.
      return criSocket === undefined ? [] : [{ name: master.name, address: master.address, criSocket }];
    });
    const hosts = waiting.map(async ({ name, address, criSocket }) => {
      const node = { clusterConfiguration, nodeName: name, advertiseAddress: address, criSocket };
      return { name, criSocket, missing: await fleet.host(name).ask(missingImages(node)) };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan: (facts) => ({ changes: pulls(facts) }),
  async verify(fleet) {
    return arrived(await this.probe(fleet));
  },
};
