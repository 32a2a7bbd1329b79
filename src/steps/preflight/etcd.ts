import { ETCD_SERVERS } from "../../config-files/cluster-configuration.js";
import { etcdId, type EtcdMember } from "../../machine/etcd.js";
import type { Inventory } from "../../inventory/schema.js";
import { etcdLayout } from "../etcd-layout.js";
import type { Problem } from "../step.js";
import type { ClusterFacts } from "./cluster.js";
import { blocker } from "./machines.js";

/** Where etcd runs and where it is to run, and whether these go together. */
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
              `cluster.etcd is ${wanted}, and the cluster's etcd is external`,
              "leave cluster.etcd out: the new masters use the external etcd too",
            ),
          ];
    case "first-master":
      if (wanted === "stacked") {
        const what = `all apiservers use one etcd (${ETCD_SERVERS} in apiServer.extraArgs of kubeadm-config)`;
        const fix = "k8s-ha adds no members to it then: say so by cluster.etcd: first-master";
        return [blocker(first, what, fix)];
      }
      return [
        onlyOne(first),
        ...(members.length > 1
          ? [
              blocker(
                first,
                `etcd has ${members.length} members, and cluster.etcd is first-master`,
                "leave cluster.etcd out: with members on every master none of them is needed for the others",
              ),
            ]
          : []),
      ];
  }
}

/** Clusters that were made by kubeadm 1.12 or earlier have it: a member that joins finds no peer. */
function unreachable({ id, name, peerURLs }: EtcdMember, first: string): Problem[] {
  if (!peerURLs.some((url) => /\/\/(127\.|localhost)/.test(url))) return [];
  const what = `etcd member ${name} has the peer URL ${peerURLs.join(", ")}, which no other master can reach`;
  const fix = `etcdctl member update ${etcdId(id)} --peer-urls=https://ADDRESS:2380 (kubeadm#1950)`;
  return [blocker(first, what, fix)];
}

/** What three apiservers do not change. */
function onlyOne(first: string): Problem {
  return {
    severity: "warning",
    host: first,
    what: `${first} stays a single point of failure: the only etcd is there, so without ${first} no apiserver serves, and what its disk loses is lost`,
    fix: "leave cluster.etcd out to have a member of etcd on every master",
  };
}
