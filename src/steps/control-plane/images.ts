import { remoteQuery } from "../../machine/query.js";
import { crictl } from "../../machine/static-pods.js";
import { sh } from "../../shell/shell.js";
import { kubeadmFacts, parseClusterConfiguration } from "../cluster.js";
import { masterStates, pending } from "../masters.js";
import { check, type Step } from "../step.js";

interface Facts {
  readonly hosts: readonly { readonly name: string; readonly missing: readonly string[] }[];
}

/** The images that kubeadm will want on a host and that its runtime does not have. */
export function missingImages(
  version: string,
  repository: string | undefined,
): ReturnType<typeof remoteQuery<string[]>> {
  const from = repository === undefined ? [] : ["--image-repository", repository];
  return remoteQuery(
    sh`images=$(kubeadm config images list --kubernetes-version ${version} ${from}) || exit
for i in $images; do ${crictl(sh`inspecti "$i" >/dev/null 2>&1`)} || echo "$i"; done`,
    (out) => out.split("\n").filter((image) => image !== ""),
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
    const config = parseClusterConfiguration(cluster.clusterConfiguration);
    const query = missingImages(config.kubernetesVersion, config.imageRepository);
    const hosts = pending(states).map(async ({ name }) => ({
      name,
      missing: await fleet.host(name).ask(query),
    }));
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
