import { readFile } from "../machine/files.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { MANIFESTS, STATIC_PODS } from "../machine/static-pods.js";
import { etcdLayout } from "./etcd-layout.js";
import { clusterConfiguration } from "./kubeadm-config.js";

/** A static pod of kubeadm. */
export type StaticPod = (typeof STATIC_PODS)[number];

/** Static pod → its manifest; a pod without a manifest is absent. */
export type Manifests = Readonly<Partial<Record<StaticPod, string>>>;

/** The first master's manifests of the static pods that every new master gets: etcd's only if every master has a member. */
export async function sharedManifests(fleet: ReadOnlyFleet): Promise<Manifests> {
  const [configuration, files] = await Promise.all([
    clusterConfiguration(fleet),
    Promise.all(STATIC_PODS.map((pod) => fleet.firstMaster.ask(readFile(`${MANIFESTS}/${pod}.yaml`)))),
  ]);
  const isStacked = etcdLayout(configuration, fleet.inventory) === "stacked";
  const found = STATIC_PODS.map((pod, index) => [pod, files[index]?.content ?? ""] as const);
  return Object.fromEntries(found.filter(([pod, text]) => text !== "" && (isStacked || pod !== "etcd")));
}
