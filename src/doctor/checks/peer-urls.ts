import { etcdMembers, type EtcdMember } from "../../cluster/etcd.js";
import { firstMaster } from "../../inventory/targets.js";
import { loopbackPeer } from "../../steps/preflight/checks/etcd-layout.js";
import { shared } from "../check.js";

/** Each etcd member has a peer URL that other machines can reach; kubeadm 1.12 and earlier wrote 127.0.0.1. */
export const peerUrls = shared<readonly EtcdMember[]>(
  {
    id: "peer-urls",
    probe: (fleet) => etcdMembers(fleet),
    problems: (members, inventory) => {
      const { name } = firstMaster(inventory);
      return members.flatMap((member) => loopbackPeer(member, name));
    },
  },
  {
    title: "etcd members can be reached by others",
    upstream: "https://github.com/kubernetes/kubeadm/issues/1950",
  },
);
