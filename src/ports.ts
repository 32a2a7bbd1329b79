/** The apiserver's port on every master; preflight rejects clusters that use another one. */
export const APISERVER_PORT = 6443;

/** The kubelet's port, used by apiservers. */
export const KUBELET_PORT = 10_250;

/** The port at which etcd's members reach each other. */
export const ETCD_PEER_PORT = 2380;

/** The ports of a master's etcd member: clients, peers. */
export const ETCD_PORTS: readonly number[] = [2379, ETCD_PEER_PORT];
