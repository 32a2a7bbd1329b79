import { describe, expect, it } from "vitest";
import type { WorkerState } from "../../../../src/cluster/workers.js";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { workerState } from "../../../../src/steps/preflight/checks/worker-state.js";
import { named, on } from "../../recorded.js";

const { problemsOf } = on("1.20.2");
const withWorker = (changed: Partial<WorkerState>) =>
  problemsOf(workerState, "fresh", (states) => Object.assign(named(states, "worker1"), changed));

describe("check worker-state", () => {
  it("accepts a node of the cluster, and a machine that can join", () => {
    expect(withWorker({})).toEqual([]);
    expect(withWorker({ state: "absent", found: [] })).toEqual([]);
    expect(withWorker({ state: "partial", isClearable: true })).toEqual([]);
  });

  it("reports a worker that the cluster lists under another address", () => {
    expect(withWorker({ state: "partial", elsewhere: "worker1" })).toEqual([
      blocker(
        "worker1",
        "no cluster node has the address 10.88.0.21; this machine is node worker1, which has another address",
        "set the machine's address in the inventory to the InternalIP that `kubectl get nodes -o wide` shows for worker1; if that is an old node of this machine: kubectl delete node worker1",
      ),
    ]);
  });

  it("reports a worker of another cluster", () => {
    expect(withWorker({ state: "partial", found: ["/etc/kubernetes/kubelet.conf"] })).toEqual([
      blocker(
        "worker1",
        "worker1 is not a node of this cluster, but is in use: it has /etc/kubernetes/kubelet.conf",
        "if it belongs to another cluster, remove it from the inventory; otherwise make sure that it is not in use, and run `kubeadm reset` on it",
      ),
    ]);
  });

  it("reports a worker that was reinstalled", () => {
    expect(withWorker({ isEmptied: true, found: [] })).toEqual([
      blocker(
        "worker1",
        "worker1 is a cluster node that is not Ready, and the machine has no /etc/kubernetes/kubelet.conf: it was reset or reinstalled",
        "delete the node at 10.88.0.21 (kubectl delete node), then run the same command again: the machine joins",
      ),
    ]);
  });
});
