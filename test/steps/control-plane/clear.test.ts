import { describe, expect, it } from "vitest";
import { clear } from "../../../src/steps/control-plane/clear.js";
import { named, planOf } from "../recorded.js";

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
      { kind: "reset", host: "master2", criSocket, etcdDataDir, found, node: "master2" },
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
});
