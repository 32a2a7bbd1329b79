/** The apiserver's port on every master; preflight rejects clusters that use another one. */
export const APISERVER_PORT = 6443;

/** The kubelet's port, used by apiservers. */
export const KUBELET_PORT = 10_250;

/** The ports of a master's etcd member: clients, peers. */
export const ETCD_PORTS: readonly number[] = [2379, 2380];
