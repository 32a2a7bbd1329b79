import { describe, expect, it } from "vitest";
import { join } from "../../../src/steps/control-plane/join.js";
import { named, NOTHING, planOf, recorded, type State } from "../recorded.js";

const joinOf = (state: State, name: string, address: string, members: number) => ({
  kind: "join",
  host: name,
  kubernetesVersion: "v1.20.2",
  endpoint: "10.88.0.100:6443",
  caCertHash: recorded(join, state).caCertHash,
  nodeName: name,
  address,
  criSocket: "/run/containerd/containerd.sock",
  etcdDataDir: "/var/lib/etcd",
  certificates: "uploaded",
  members,
});
const JOIN_2 = joinOf("fresh", "master2", "10.88.0.12", 2);
const JOIN_3 = joinOf("fresh", "master3", "10.88.0.13", 3);

describe("join", () => {
  it("joins the two new masters in the inventory's order", () => {
    expect(planOf(join, "fresh")).toEqual({ changes: [JOIN_2, JOIN_3], problems: [] });
    expect(join.rollout).toBe("one-by-one");
  });

  it("has nothing to do with three masters", () => {
    expect(planOf(join, "migrated")).toEqual(NOTHING);
  });

  it("joins the one that is missing", () => {
    const plan = planOf(join, "migrated", ({ states }) => {
      Object.assign(named(states, "master3"), { state: "absent", found: [], isMember: false });
    });
    expect(plan).toEqual({ changes: [joinOf("migrated", "master3", "10.88.0.13", 3)], problems: [] });
  });

  it("joins a machine whose half-done join another step clears away first", () => {
    const plan = planOf(join, "fresh", ({ states }) => {
      Object.assign(named(states, "master2"), { state: "partial", isClearable: true });
    });
    expect(plan).toEqual({ changes: [JOIN_2, JOIN_3], problems: [] });
  });

  it("touches no machine that belongs to another cluster, or works for this one", () => {
    const plan = planOf(join, "fresh", ({ states }) => {
      const found = ["/etc/kubernetes/kubelet.conf"];
      Object.assign(named(states, "master2"), { state: "partial", found, isClearable: false });
    });
    expect(plan).toEqual({
      changes: [JOIN_3],
      problems: [
        {
          severity: "blocker",
          host: "master2",
          what: "master2 is in use: it has /etc/kubernetes/kubelet.conf",
          fix: "if it is a worker of this cluster, drain and delete it first; then `kubeadm reset` on it, by hand and with care",
        },
      ],
    });
  });

  it("never resets the first master, whatever its etcd member's address looks like", () => {
    const { changes, problems } = planOf(join, "fresh", ({ states }) => {
      const found = ["kube-apiserver's manifest", "a control-plane node", "/var/lib/etcd/member"];
      Object.assign(named(states, "master1"), {
        state: "partial",
        found,
        isMember: false,
        isClearable: true,
      });
    });
    expect(changes.filter(({ host }) => host === "master1")).toEqual([]);
    expect(problems).toMatchObject([{ severity: "blocker", host: "master1" }]);
  });

  it("looks for copied certificates where the inventory has them copied", () => {
    expect(planOf(join, "fresh", undefined, { cluster: { pki: "copy" } }).changes).toEqual([
      { ...JOIN_2, certificates: "copied" },
      { ...JOIN_3, certificates: "copied" },
    ]);
  });

  it("joins each machine with the runtime that it has, and none of which nobody can tell", () => {
    const { changes } = planOf(join, "fresh", ({ states }) => {
      named(states, "master2").runtimeSockets = ["/run/crio/crio.sock"];
      named(states, "master3").runtimeSockets = [];
    });
    expect(changes).toEqual([{ ...JOIN_2, criSocket: "/run/crio/crio.sock" }]);
  });

  it("joins through the endpoint's own port", () => {
    const { changes } = planOf(join, "fresh", undefined, { cluster: { endpoint: "10.88.0.100:16443" } });
    expect(changes).toMatchObject([{ endpoint: "10.88.0.100:16443" }, { endpoint: "10.88.0.100:16443" }]);
  });
});
