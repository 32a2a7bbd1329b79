import type { JoinWorkerChange } from "../../src/changes/join-worker.js";
import type { JoinChange } from "../../src/changes/join.js";
import type { ResetChange } from "../../src/changes/reset.js";

/** The join of a machine; `members`: etcd's members afterwards. */
export function joinOf(host: string, members: number): JoinChange {
  return {
    kind: "join",
    host,
    kubernetesVersion: "v1.20.2",
    endpoint: "10.88.0.100:6443",
    caCertHash: "sha256:00",
    nodeName: host,
    address: `10.88.0.1${host.at(-1) ?? ""}`,
    criSocket: "/run/containerd/containerd.sock",
    etcdDataDir: "/var/lib/etcd",
    certificates: "uploaded",
    members,
  };
}

/** The same join of a machine whose apiserver uses etcd on another host. */
export function memberless(join: JoinChange): JoinChange {
  const rest = { ...join };
  delete rest.etcdDataDir;
  return rest;
}

/** The join of a machine as a worker. */
export function joinWorkerOf(host: string): JoinWorkerChange {
  const { kubernetesVersion, endpoint, caCertHash, criSocket } = joinOf(host, 2);
  const address = `10.88.0.2${host.at(-1) ?? ""}`;
  return {
    kind: "join-worker",
    host,
    kubernetesVersion,
    endpoint,
    caCertHash,
    nodeName: host,
    address,
    criSocket,
  };
}

/** The reset of an incomplete join, with its node, and with its member if etcd lists it. */
export function resetOf(host: string, isMember: boolean): ResetChange {
  const { address, criSocket } = joinOf(host, 2);
  const etcdDataDir = "/var/lib/etcd";
  return { kind: "reset", host, address, criSocket, etcdDataDir, found: [], isMember, node: host };
}
