import { describe, expect, it } from "vitest";
import { isPointOfNoReturn } from "../../../src/changes/change.js";
import { joinWorkers } from "../../../src/steps/workers/join-workers.js";
import { NOTHING, named, on, type Editable } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

type Facts = Editable<Awaited<ReturnType<typeof joinWorkers.probe>>>;
type Worker = Facts["workers"][number];

/** The state of the inventory's worker on the machine. */
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
  what: "these machines are not yet nodes and will join as workers: worker1",
  fix: "if this is not intended, remove them from the inventory; a rollback requires that they are drained, deletes their nodes and resets the machines",
};

describe("join-workers", () => {
  it("plans nothing if every worker is a node", () => {
    expect(planOf(joinWorkers, "fresh")).toEqual(NOTHING);
    expect(planOf(joinWorkers, "endpoint")).toEqual(NOTHING);
  });

  it("joins a worker that is not a node yet, with a warning because it may be a mistake", () => {
    const plan = planOf(joinWorkers, "endpoint", worker(ABSENT));
    expect(plan).toEqual({ changes: [JOIN], problems: [ANNOUNCED] });
  });

  it("may be limited to some workers, because quorum is not at risk", () => {
    expect(isPointOfNoReturn(JOIN)).toBe(false);
  });

  it("joins one whose incomplete join another step clears first", () => {
    const plan = planOf(joinWorkers, "endpoint", worker({ state: "partial", isClearable: true }));
    expect(plan.changes).toEqual([JOIN]);
  });

  it.each<[string, Partial<Worker>, string]>([
    [
      "belongs to another cluster",
      { state: "partial", found: ["/etc/kubernetes/kubelet.conf"] },
      "worker1 is not a node of this cluster, but is in use: it has /etc/kubernetes/kubelet.conf",
    ],
    [
      "has the name of another machine's node",
      { ...ABSENT, elsewhere: "worker1" },
      "no cluster node has the address 10.88.0.21; this machine is node worker1, which has another address",
    ],
    [
      "is a node that lost its kubelet",
      { isEmptied: true, found: [] },
      "worker1 is a cluster node that is not Ready, and the machine has no /etc/kubernetes/kubelet.conf: it was reset or reinstalled",
    ],
    [
      "has no container runtime",
      { ...ABSENT, runtimeSockets: [] },
      "no container runtime is running (no containerd or CRI-O socket found)",
    ],
  ])("does not join a machine that %s", (_, what, reason) => {
    const { changes, problems } = planOf(joinWorkers, "endpoint", worker(what));
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([{ severity: "blocker", host: "worker1", what: reason }]);
  });

  it("names the worker's inventory key if its runtime is unknown", () => {
    const both = ["/run/containerd/containerd.sock", "/run/crio/crio.sock"];
    const { problems } = planOf(joinWorkers, "endpoint", worker({ ...ABSENT, runtimeSockets: both }));
    expect(problems[0]?.fix).toBe(
      "set workers[0].criSocket in the inventory to the socket that the kubelet uses",
    );
    const workers = [{ name: "worker1", address: "10.88.0.21", criSocket: "/run/crio/crio.sock" }];
    const chosen = planOf(joinWorkers, "endpoint", worker({ ...ABSENT, runtimeSockets: both }), { workers });
    expect(chosen.changes).toEqual([{ ...JOIN, criSocket: "/run/crio/crio.sock" }]);
  });
});
