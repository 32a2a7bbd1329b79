import type { DraftMachine } from "../../src/init/draft.js";
import type { Found } from "../../src/init/found.js";

/** What master1 of the lab's default scenario shows. */
export const found: Found = {
  from: "admin@10.88.0.11",
  kubernetesVersion: "v1.37.2",
  nodes: [
    { name: "master1", address: "10.88.0.11", isMaster: true },
    { name: "worker1", address: "10.88.0.21", isMaster: false },
  ],
  withoutAddress: [],
  network: { interface: "eth0", prefixLength: 24 },
  free: ["10.88.0.250", "10.88.0.249"],
  routerIds: [],
  etcd: "stacked",
  etcdServers: [],
  pinned: [],
  isCgroupV1Refused: false,
  hasPatches: false,
};

/** A machine without comments. */
export const machine = (name: string, address: string, secondAddress?: string): DraftMachine => ({
  notes: [],
  name,
  address,
  ...(secondAddress !== undefined && { secondAddress }),
});

/** Two machines for masters and two for load balancers. */
export const join = [machine("master2", "10.88.0.12"), machine("master3", "10.88.0.13")];
export const balancers = [machine("lb1", "10.88.0.31"), machine("lb2", "10.88.0.32")];
