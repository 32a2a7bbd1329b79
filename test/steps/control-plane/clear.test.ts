import { describe, expect, it } from "vitest";
import { clear } from "../../../src/steps/control-plane/clear.js";
import { externalEtcd, named, on } from "../recorded.js";

const { planOf } = on("1.20.2");

describe("clear", () => {
  it("plans nothing on clean machines", () => {
    expect(planOf(clear, "fresh").changes).toEqual([]);
  });

  it("resets an incomplete join to this cluster, and deletes its node", () => {
    const found = ["/etc/kubernetes/kubelet.conf"];
    const { changes } = planOf(clear, "fresh", ({ states }) => {
      Object.assign(named(states, "master2"), {
        state: "partial",
        found,
        isClearable: true,
        node: "master2",
      });
    });
    const criSocket = "/run/containerd/containerd.sock";
    const etcdDataDir = "/var/lib/etcd";
    expect(changes).toEqual([
      {
        kind: "reset",
        host: "master2",
        address: "10.88.0.12",
        criSocket,
        etcdDataDir,
        found,
        isMember: false,
        node: "master2",
      },
    ]);
  });

  it("resets a machine with its own runtime, and skips one whose runtime is unknown", () => {
    const { changes } = planOf(clear, "fresh", ({ states }) => {
      const left = { state: "partial", isClearable: true };
      Object.assign(named(states, "master2"), left, { runtimeSockets: ["/run/crio/crio.sock"] });
      Object.assign(named(states, "master3"), left, { runtimeSockets: [] });
    });
    expect(changes).toMatchObject([{ host: "master2", criSocket: "/run/crio/crio.sock" }]);
  });

  it("does not reset a machine that runs pods: it may be a working master without its label", () => {
    const plan = planOf(clear, "fresh", (facts) => {
      const left = { state: "partial", isClearable: true, node: "master2" };
      Object.assign(named(facts.states, "master2"), left);
      facts.pods = [{ node: "master2", names: ["shop/web-1"] }];
    });
    expect(plan.changes).toEqual([]);
    expect(plan.problems).toEqual([
      {
        severity: "blocker",
        host: "master2",
        what: "master2 looks like an incomplete join and would be reset, but pods are running there: shop/web-1",
        fix: "if it is a working master, restore its node's label node-role.kubernetes.io/control-plane=; otherwise: kubectl drain master2 --ignore-daemonsets",
      },
    ]);
  });

  it("empties the cluster's etcd data directory", () => {
    const { changes } = planOf(clear, "fresh", (facts) => {
      Object.assign(named(facts.states, "master2"), { state: "partial", isClearable: true });
      facts.clusterConfiguration = facts.clusterConfiguration.replace("/var/lib/etcd", "/srv/etcd");
    });
    expect(changes).toMatchObject([{ kind: "reset", etcdDataDir: "/srv/etcd" }]);
  });

  it("never resets the first master, or a partial machine that is not this cluster's", () => {
    const { changes } = planOf(clear, "fresh", ({ states }) => {
      Object.assign(named(states, "master1"), { state: "partial", isClearable: true });
      Object.assign(named(states, "master2"), { state: "partial", isClearable: false });
    });
    expect(changes).toEqual([]);
  });

  it("resets an incomplete worker join without etcd, and never another cluster's machine", () => {
    const found = ["/etc/kubernetes/pki/ca.crt"];
    const half = { state: "partial", found, isClearable: true };
    const { changes } = planOf(clear, "fresh", ({ workers }) => {
      Object.assign(named(workers, "worker1"), half);
    });
    const criSocket = "/run/containerd/containerd.sock";
    const rest = { address: "10.88.0.21", criSocket, found, isMember: false, node: null };
    expect(changes).toEqual([{ kind: "reset", host: "worker1", ...rest }]);
    const others = planOf(clear, "fresh", ({ workers }) => {
      Object.assign(named(workers, "worker1"), half, { isClearable: false });
    });
    expect(others.changes).toEqual([]);
  });

  describe("with an etcd member", () => {
    const half = { state: "partial", isClearable: true };
    const unstarted = { name: "", clientURLs: [], healthy: false };

    it.each([
      ["votes, and a later phase failed", {}],
      ["was added and never started, one of three", unstarted],
      ["is a learner", { isLearner: true }],
    ])("removes one that %s, if the others are healthy voters", (_, member) => {
      const plan = planOf(clear, "endpoint", ({ states, members }) => {
        Object.assign(named(states, "master3"), half);
        Object.assign(named(members, "master3"), member);
      });
      expect(plan).toMatchObject({
        changes: [{ kind: "reset", host: "master3", isMember: true }],
        problems: [],
      });
    });

    it("removes none if another is not a healthy voter, and reports that member and what to check", () => {
      const plan = planOf(clear, "endpoint", ({ states, members }) => {
        Object.assign(named(states, "master3"), half);
        named(members, "master2").healthy = false;
      });
      expect(plan).toEqual({
        changes: [],
        problems: [
          {
            severity: "blocker",
            host: "master3",
            what: "etcd members that are not healthy voters: master2, so the incomplete join of master3 is not cleaned up",
            fix: "restore master2 first (on that host: journalctl -u kubelet, crictl ps -a --name etcd): etcd needs it for quorum",
          },
        ],
      });
    });

    it("never removes the unstarted one of two: etcd has no quorum, so the other is not healthy", () => {
      const { changes, problems } = planOf(clear, "endpoint", (facts) => {
        Object.assign(named(facts.states, "master2"), half);
        Object.assign(named(facts.states, "master3"), { state: "absent", found: [], isMember: false });
        facts.members.splice(facts.members.indexOf(named(facts.members, "master3")), 1);
        named(facts.members, "master1").healthy = false;
        Object.assign(named(facts.members, "master2"), unstarted);
      });
      expect(changes).toEqual([]);
      expect(problems).toMatchObject([{ severity: "blocker", host: "master2" }]);
    });

    it("removes an unhealthy one before a healthy one, which cannot be removed while the other stays", () => {
      const { changes, problems } = planOf(clear, "endpoint", ({ states, members }) => {
        Object.assign(named(states, "master2"), half);
        Object.assign(named(states, "master3"), half);
        Object.assign(named(members, "master3"), { isLearner: true });
      });
      expect(changes.map(({ host }) => host)).toEqual(["master3", "master2"]);
      expect(problems).toEqual([]);
    });
  });

  it("keeps an external etcd's data on the machine", () => {
    const { changes } = planOf(clear, "fresh", (facts) => {
      facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration);
      Object.assign(named(facts.states, "master2"), { state: "partial", isClearable: true });
    });
    expect(changes).toMatchObject([{ kind: "reset", host: "master2", isMember: false }]);
    expect(changes[0]).not.toHaveProperty("etcdDataDir");
  });
});
