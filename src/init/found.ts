import type { EtcdLayout } from "../cluster/etcd-layout.js";

/** A node of the cluster. */
export interface FoundNode {
  /** Its name in Kubernetes. */
  readonly name: string;
  /** Its first InternalIP in the family of the first master's. */
  readonly address: string;
  /** Its InternalIP of the other family. */
  readonly secondAddress?: string;
  readonly isMaster: boolean;
}

/** The endpoint that the cluster was created with (`controlPlaneEndpoint`). */
export interface FoundEndpoint {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** The addresses that the host has on the first master; for an address, itself; empty if a name does not resolve. */
  readonly addresses: readonly string[];
  /** The name is in the first master's /etc/hosts. */
  readonly isInHostsFile: boolean;
}

/** What a running master shows about its cluster and its network. */
export interface Found {
  /** How the login was written: `admin@10.88.0.11`. */
  readonly from: string;
  /** Such as `v1.37.2`. */
  readonly kubernetesVersion: string;
  /** All nodes with an address, with the master that was asked first. */
  readonly nodes: readonly [FoundNode, ...FoundNode[]];
  /** The names of nodes without an InternalIP in the first master's family. */
  readonly withoutAddress: readonly string[];
  /** The interface with the first master's address; `undefined` if no interface has it. */
  readonly network?: { readonly interface: string; readonly prefixLength: number };
  /** Addresses of that network that nothing uses, as far as the first master can find out; best first. */
  readonly free: readonly string[];
  /** The VRRP router ids that were heard; `undefined` if the first master could not listen. */
  readonly routerIds?: readonly number[];
  readonly endpoint?: FoundEndpoint;
  readonly etcd: EtcdLayout;
  /** The URLs of an external etcd. */
  readonly etcdServers: readonly string[];
  /** Objects that name the first master or the endpoint, such as `DaemonSet kube-system/cilium`; `undefined` if unknown. */
  readonly pinned?: readonly string[];
  /** The first master has cgroup v1, and kubeadm refuses that from this version on. */
  readonly isCgroupV1Refused: boolean;
  /** kubeadm's usual directory for patches exists on the first master, and is not empty. */
  readonly hasPatches: boolean;
}
