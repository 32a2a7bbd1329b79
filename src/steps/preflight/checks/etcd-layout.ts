import { etcdId, etcdMembers, type EtcdMember } from "../../../cluster/etcd.js";
import { etcdLayout as layoutOf } from "../../../cluster/etcd-layout.js";
import { clusterConfiguration } from "../../../cluster/kubeadm-config.js";
import { ETCD_SERVERS } from "../../../config-files/cluster-configuration.js";
import { firstMaster } from "../../../inventory/targets.js";
import type { Problem } from "../../step.js";
import { blocker, type PreflightCheck } from "../check.js";

interface Found {
  readonly clusterConfiguration: string;
  readonly members: readonly EtcdMember[];
}

/** The cluster's etcd layout matches the inventory, and new members can reach the existing ones. */
export const etcdLayout: PreflightCheck<Found> = {
  id: "etcd-layout",
  probe: async (fleet) => {
    const [configuration, members] = await Promise.all([clusterConfiguration(fleet), etcdMembers(fleet)]);
    return { clusterConfiguration: configuration, members };
  },
  problems: (found, inventory) => {
    const wanted = inventory.cluster.etcd;
    const { name: first } = firstMaster(inventory);
    switch (layoutOf(found.clusterConfiguration, inventory)) {
      case "stacked":
        return found.members.flatMap((member) => loopbackPeer(member, first));
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
        return wanted === "stacked" ? [unnamedLayout(first)] : singleEtcd(found.members, first);
    }
  },
};

function unnamedLayout(first: string): Problem {
  return blocker(
    first,
    `all apiservers use one etcd (${ETCD_SERVERS} in apiServer.extraArgs of kubeadm-config)`,
    "set cluster.etcd: first-master in the inventory: k8s-ha does not add members to such an etcd",
  );
}

/** A single etcd stays a single point of failure, even with three apiservers. */
function singleEtcd(members: readonly EtcdMember[], first: string): Problem[] {
  const warning: Problem = {
    severity: "warning",
    host: first,
    what: `${first} stays a single point of failure: it runs the only etcd, so no apiserver works without ${first}, and the etcd data has no replica`,
    fix: "remove cluster.etcd from the inventory to run an etcd member on every master",
  };
  if (members.length <= 1) return [warning];
  return [
    warning,
    blocker(
      first,
      `etcd has ${members.length} members, but cluster.etcd is first-master`,
      "remove cluster.etcd from the inventory: each master then has its own member",
    ),
  ];
}

/** Clusters created by kubeadm 1.12 or earlier have such a peer URL: a joining member cannot reach its peer. */
export function loopbackPeer({ id, name, peerURLs }: EtcdMember, first: string): Problem[] {
  if (!peerURLs.some((url) => /\/\/(127\.|localhost)/.test(url))) return [];
  const what = `etcd member ${name} has the peer URL ${peerURLs.join(", ")}, which no other master can reach`;
  const fix = `etcdctl member update ${etcdId(id)} --peer-urls=https://ADDRESS:2380, where ADDRESS is the address of its machine (kubeadm#1950)`;
  return [blocker(first, what, fix)];
}
