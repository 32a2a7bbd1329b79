import { describe, expect, it } from "vitest";
import { isPointOfNoReturn } from "../../../src/changes/point-of-no-return.js";
import { joinWorkers } from "../../../src/steps/workers/join-workers.js";
import { NOTHING, named, on, type Editable } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

type Facts = Editable<Awaited<ReturnType<typeof joinWorkers.probe>>>;
type Worker = Facts["workers"][number];

/** The inventory's worker as it stands on the machine. */
const worker =
  (what: Partial<Worker>) =>
  ({ workers }: Facts): void => {
    Object.assign(named(workers, "worker1"), what);
  };
const ABSENT: Partial<Worker> = { state: "absent", found: [] };
const JOIN = {
  kind: "join-worker",
  host: "worker1",
  kubernetesVersion: "v1.20.2",
  endpoint: "10.88.0.100:6443",
  caCertHash: recorded(joinWorkers, "endpoint").caCertHash,
  nodeName: "worker1",
  address: "10.88.0.21",
  criSocket: "/run/containerd/containerd.sock",
} as const;
const ANNOUNCED = {
  severity: "warning",
  what: "no node of the cluster yet, and to join as workers: worker1",
  fix: "where that is not meant, take them out of the inventory; a rollback deletes their nodes and resets the machines, once they are drained",
};

describe("join-workers", () => {
  it("has nothing to do where every worker is a node", () => {
    expect(planOf(joinWorkers, "fresh")).toEqual(NOTHING);
    expect(planOf(joinWorkers, "endpoint")).toEqual(NOTHING);
  });

  it("joins a worker that is no node yet, and says so plainly: it may be a mistake", () => {
    const plan = planOf(joinWorkers, "endpoint", worker(ABSENT));
    expect(plan).toEqual({ changes: [JOIN], problems: [ANNOUNCED] });
  });

  it("may be limited to some of them: it puts no quorum at risk", () => {
    expect(isPointOfNoReturn(JOIN)).toBe(false);
  });

  it("joins one whose half-done join another step clears away first", () => {
    const plan = planOf(joinWorkers, "endpoint", worker({ state: "partial", isClearable: true }));
    expect(plan.changes).toEqual([JOIN]);
  });

  it.each<[string, Partial<Worker>, string]>([
    [
      "is another cluster's",
      { state: "partial", found: ["/etc/kubernetes/kubelet.conf"] },
      "worker1 is no node of this cluster, and in use: it has /etc/kubernetes/kubelet.conf",
    ],
    [
      "has the name of another machine's node",
      { ...ABSENT, elsewhere: "worker1" },
      "no node of the cluster has the address 10.88.0.21, and its node worker1 has another",
    ],
    [
      "is a node that lost its kubelet",
      { isEmptied: true, found: [] },
      "worker1 is a node of the cluster that is not Ready, and the machine has no /etc/kubernetes/kubelet.conf: it was reset or set up anew",
    ],
    [
      "has no container runtime",
      { ...ABSENT, runtimeSockets: [] },
      "no container runtime runs here (neither containerd's socket nor CRI-O's is there)",
    ],
  ])("touches no machine that %s", (_, what, told) => {
    const { changes, problems } = planOf(joinWorkers, "endpoint", worker(what));
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([{ severity: "blocker", host: "worker1", what: told }]);
  });

  it("names the worker's own key where nobody can tell its runtime", () => {
    const both = ["/run/containerd/containerd.sock", "/run/crio/crio.sock"];
    const { problems } = planOf(joinWorkers, "endpoint", worker({ ...ABSENT, runtimeSockets: both }));
    expect(problems[0]?.fix).toBe("choose the kubelet's by workers[0].criSocket in the inventory");
    const workers = [{ name: "worker1", address: "10.88.0.21", criSocket: "/run/crio/crio.sock" }];
    const chosen = planOf(joinWorkers, "endpoint", worker({ ...ABSENT, runtimeSockets: both }), { workers });
    expect(chosen.changes).toEqual([{ ...JOIN, criSocket: "/run/crio/crio.sock" }]);
  });
});
