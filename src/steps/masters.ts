import { etcdMembers, type EtcdMember } from "../machine/etcd.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { isControlPlane, nodeAt, nodes, type Node } from "../machine/kubernetes.js";
import { query } from "../machine/query.js";
import { manifests } from "../machine/static-pods.js";
import { sh } from "../shell/shell.js";

/** How far a machine of the group controlPlane is. */
export interface MasterState {
  readonly name: string;
  readonly address: string;
  /**
   * `joined`: manifests, a started etcd member that votes, and the node's control-plane label are all there;
   * `absent`: none of them, and nothing of a former join lies on the disk; `partial`: anything in between.
   */
  readonly state: "joined" | "absent" | "partial";
  /** What of a master was found, for people. */
  readonly found: readonly string[];
  readonly isEtcdMember: boolean;
  /**
   * What is there is the rest of a join to this very cluster that failed before etcd heard of it: it may be cleared
   * away. A master of another cluster, or a worker of this one, may not.
   */
  readonly isClearable: boolean;
}

const caDigest = query(
  sh`if [ -f /etc/kubernetes/pki/ca.crt ]; then sha256sum </etc/kubernetes/pki/ca.crt; fi`,
  (out) => out.slice(0, 64),
);

const leftovers = query(
  sh`for p in /etc/kubernetes/kubelet.conf /etc/kubernetes/admin.conf /etc/kubernetes/bootstrap-kubelet.conf /var/lib/etcd/member; do if [ -e "$p" ]; then echo "$p"; fi; done`,
  (out) => out.split("\n").filter((path) => path !== ""),
);

/** The state of every machine of the group controlPlane, the first one included. */
export async function masterStates(fleet: ReadOnlyFleet): Promise<readonly MasterState[]> {
  const [all, members, ca] = await Promise.all([
    nodes(fleet),
    etcdMembers(fleet),
    fleet.firstMaster.ask(caDigest),
  ]);
  return Promise.all(fleet.hosts("controlPlane").map((host) => masterState(host, all, members, ca)));
}

async function masterState(
  host: ReadOnlyHost,
  all: readonly Node[],
  members: readonly EtcdMember[],
  clusterCa: string,
): Promise<MasterState> {
  const [components, files, ca] = await Promise.all([
    host.ask(manifests),
    host.ask(leftovers),
    host.ask(caDigest),
  ]);
  const member = members.find((m) => m.peerURLs.includes(`https://${host.address}:2380`));
  const node = nodeAt(all, host.address);
  const votes = member !== undefined && member.name !== "" && !member.isLearner;
  const facts: readonly [string, boolean][] = [
    ["kube-apiserver's manifest", components.includes("kube-apiserver")],
    ["an etcd member that votes", votes],
    ["a control-plane node", node !== undefined && isControlPlane(node)],
  ];
  const found = [...facts.filter(([, is]) => is).map(([what]) => what), ...files];
  const joined = facts.every(([, is]) => is);
  const untouched = found.length === 0 && member === undefined && node === undefined;
  return {
    name: host.name,
    address: host.address,
    state: joined ? "joined" : untouched ? "absent" : "partial",
    found,
    isEtcdMember: member !== undefined,
    isClearable:
      !joined &&
      !untouched &&
      member === undefined &&
      ca !== "" &&
      ca === clusterCa &&
      // A worker has a node and no manifests; a join makes the manifests before the node.
      (node === undefined || components.includes("kube-apiserver")),
  };
}

/** The machines of these that have yet to become masters. */
export function pending(states: readonly MasterState[]): readonly MasterState[] {
  return states.filter((m) => m.state !== "joined");
}
