import { ETCD_SERVERS } from "../../config-files/cluster-configuration.js";
import { etcdId, type EtcdMember } from "../../cluster/etcd.js";
import type { Inventory } from "../../inventory/schema.js";
import { etcdLayout } from "../../cluster/etcd-layout.js";
import type { Problem } from "../step.js";
import type { ClusterFacts } from "./cluster-facts.js";
import { blocker } from "./machines.js";

/** Checks that the cluster's etcd layout matches the inventory. */
export function etcdProblems(
  { clusterConfiguration, members }: ClusterFacts,
  inventory: Inventory,
  first: string,
): Problem[] {
  const wanted = inventory.cluster.etcd;
  switch (etcdLayout(clusterConfiguration, inventory)) {
    case "stacked":
      return members.flatMap((member) => unreachable(member, first));
    case "external":
      return wanted === "stacked"
        ? []
        : [
            blocker(
              first,
              `cluster.etcd is ${wanted}, but the cluster's etcd is external`,
              "remove cluster.etcd from the inventory: the new masters use the external etcd too",
            ),
          ];
    case "first-master":
      if (wanted === "stacked") {
        const what = `all apiservers use one etcd (${ETCD_SERVERS} in apiServer.extraArgs of kubeadm-config)`;
        const fix = "k8s-ha adds no members to such an etcd: set cluster.etcd: first-master";
        return [blocker(first, what, fix)];
      }
      return [
        onlyOne(first),
        ...(members.length > 1
          ? [
              blocker(
                first,
                `etcd has ${members.length} members, but cluster.etcd is first-master`,
                "remove cluster.etcd from the inventory: with a member on every master, no master depends on a single one",
              ),
            ]
          : []),
      ];
  }
}

/** Clusters created by kubeadm 1.12 or earlier have such a peer URL: a joining member cannot reach its peer. */
function unreachable({ id, name, peerURLs }: EtcdMember, first: string): Problem[] {
  if (!peerURLs.some((url) => /\/\/(127\.|localhost)/.test(url))) return [];
  const what = `etcd member ${name} has the peer URL ${peerURLs.join(", ")}, which no other master can reach`;
  const fix = `etcdctl member update ${etcdId(id)} --peer-urls=https://ADDRESS:2380 (kubeadm#1950)`;
  return [blocker(first, what, fix)];
}

/** Warns that a single etcd stays a single point of failure, even with three apiservers. */
function onlyOne(first: string): Problem {
  return {
    severity: "warning",
    host: first,
    what: `${first} stays a single point of failure: it runs the only etcd, so without ${first} no apiserver serves, and its data has no replica`,
    fix: "remove cluster.etcd from the inventory to run an etcd member on every master",
  };
}
