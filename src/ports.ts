/** The apiserver's own port on every master; preflight refuses clusters that use another. */
export const APISERVER_PORT = 6443;

/** Where apiservers find a kubelet. */
export const KUBELET_PORT = 10_250;

/** Where a master's own etcd listens: for clients, and for its peers. */
export const ETCD_PORTS: readonly number[] = [2379, 2380];
