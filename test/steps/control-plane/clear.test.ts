import { describe, expect, it } from "vitest";
import { clear } from "../../../src/steps/control-plane/clear.js";
import { externalEtcd, named, on } from "../recorded.js";

const { planOf } = on("1.20.2");

describe("clear", () => {
  it("has nothing to do on machines that nobody touched", () => {
    expect(planOf(clear, "fresh").changes).toEqual([]);
  });

  it("resets the rest of a join to this very cluster, and takes its node away", () => {
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

  it("resets a machine with the runtime that it has, and none of which nobody can tell", () => {
    const { changes } = planOf(clear, "fresh", ({ states }) => {
      const left = { state: "partial", isClearable: true };
      Object.assign(named(states, "master2"), left, { runtimeSockets: ["/run/crio/crio.sock"] });
      Object.assign(named(states, "master3"), left, { runtimeSockets: [] });
    });
    expect(changes).toMatchObject([{ host: "master2", criSocket: "/run/crio/crio.sock" }]);
  });

  it("leaves a machine alone on which pods run: it may be a master at work, without its label", () => {
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
        what: "master2 looks half joined and would be cleared, and pods run there: shop/web-1",
        fix: "when it is a master at work, give its node the label node-role.kubernetes.io/control-plane= again; else: kubectl drain master2 --ignore-daemonsets",
      },
    ]);
  });

  it("empties etcd's folder where this cluster has it", () => {
    const { changes } = planOf(clear, "fresh", (facts) => {
      Object.assign(named(facts.states, "master2"), { state: "partial", isClearable: true });
      facts.clusterConfiguration = facts.clusterConfiguration.replace("/var/lib/etcd", "/srv/etcd");
    });
    expect(changes).toMatchObject([{ kind: "reset", etcdDataDir: "/srv/etcd" }]);
  });

  it("never touches the first master, nor what is partial and not ours", () => {
    const { changes } = planOf(clear, "fresh", ({ states }) => {
      Object.assign(named(states, "master1"), { state: "partial", isClearable: true });
      Object.assign(named(states, "master2"), { state: "partial", isClearable: false });
    });
    expect(changes).toEqual([]);
  });

  it("resets the rest of a worker's join, without looking for etcd there, and what is not ours never", () => {
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

  describe("with a member of etcd", () => {
    const half = { state: "partial", isClearable: true };
    const unstarted = { name: "", clientURLs: [], healthy: false };

    it.each([
      ["votes, whose later phase failed", {}],
      ["was added and never started, one of three", unstarted],
      ["only learns", { isLearner: true }],
    ])("takes one out that %s, while the others are healthy voters", (_, member) => {
      const plan = planOf(clear, "endpoint", ({ states, members }) => {
        Object.assign(named(states, "master3"), half);
        Object.assign(named(members, "master3"), member);
      });
      expect(plan).toMatchObject({
        changes: [{ kind: "reset", host: "master3", isMember: true }],
        problems: [],
      });
    });

    it("takes none out beside one that is not a healthy voter, names that, and says what to look at", () => {
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
            what: "not every other etcd member is a healthy voter: master2; master3, which is half joined, is not taken out",
            fix: "bring master2 back first (there: journalctl -u kubelet, crictl ps -a --name etcd): etcd needs it for its quorum",
          },
        ],
      });
    });

    it("never takes the unstarted one of two out: etcd has no quorum, so the other is not healthy", () => {
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

    it("takes a sick one out before one that is well, beside which it may not stay", () => {
      const { changes, problems } = planOf(clear, "endpoint", ({ states, members }) => {
        Object.assign(named(states, "master2"), half);
        Object.assign(named(states, "master3"), half);
        Object.assign(named(members, "master3"), { isLearner: true });
      });
      expect(changes.map(({ host }) => host)).toEqual(["master3", "master2"]);
      expect(problems).toEqual([]);
    });
  });

  it("lets alone what an external etcd may have on the machine", () => {
    const { changes } = planOf(clear, "fresh", (facts) => {
      facts.clusterConfiguration = externalEtcd(facts.clusterConfiguration);
      Object.assign(named(facts.states, "master2"), { state: "partial", isClearable: true });
    });
    expect(changes).toMatchObject([{ kind: "reset", host: "master2", isMember: false }]);
    expect(changes[0]).not.toHaveProperty("etcdDataDir");
  });
});
