import { listImages } from "../../machine/kubeadm.js";
import { remoteQuery, type Query } from "../../machine/query.js";
import { crictl } from "../../machine/static-pods.js";
import { sh } from "../../shell/shell.js";
import { desiredConfiguration, kubeadmFacts } from "../cluster.js";
import { masterStates, pending } from "../masters.js";
import { check, type Step } from "../step.js";

interface Facts {
  readonly hosts: readonly { readonly name: string; readonly missing: readonly string[] }[];
}

/** The images that kubeadm will want on a host and that its runtime does not have. */
export function missingImages(master: Parameters<typeof listImages>[0]): Query<string[]> {
  return remoteQuery(
    sh`images=$(${listImages(master)}) || exit
for i in $images; do ${crictl(sh`inspecti "$i" >/dev/null 2>&1`)} || echo "$i"; done`,
    (out) => out.split("\n").filter((image) => image !== ""),
    { shownAs: "kubeadm config images list" },
  );
}

/** Has the control plane's images on every new master before etcd hears of it. */
export const images: Step<Facts> = {
  id: "images",
  title: "Have the control plane's images on the new masters",
  why: "From the moment etcd has a new member it needs it; its start must not wait for a download.",
  rollout: "together",
  async probe(fleet) {
    const [cluster, states] = await Promise.all([kubeadmFacts(fleet), masterStates(fleet)]);
    const { criSocket } = cluster;
    const clusterConfiguration = desiredConfiguration(cluster, fleet.inventory);
    const hosts = pending(states).map(async ({ name, address }) => {
      const master = { clusterConfiguration, nodeName: name, advertiseAddress: address, criSocket };
      return { name, missing: await fleet.host(name).ask(missingImages(master)) };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan: ({ hosts }) => ({
    changes: hosts
      .filter(({ missing }) => missing.length > 0)
      .map(({ name, missing }) => ({ kind: "images", host: name, images: missing })),
  }),
  async verify(fleet) {
    const { hosts } = await this.probe(fleet);
    return hosts.map(({ name, missing }) =>
      check(name, "images missing", "none", missing.join(", ") || "none"),
    );
  },
};
