import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { apiGetFrom } from "../../src/cluster/api.js";
import type { ConfigMap } from "../../src/cluster/kubernetes.js";
import type { ServedMember } from "../machine/web.js";
import { clusterToLeave, done, KUBEADM_CONFIG, MANIFEST, type Situation } from "./cluster-to-leave.js";
import { make } from "./context.js";
import { joinWorkerOf, resetOf } from "./joining.js";
import { itIsShownAs } from "./shown.js";

const reset = resetOf("master2", true);

describe("reset", () => {
  itIsShownAs(
    { ...resetOf("master2", false), found: ["/etc/kubernetes/kubelet.conf"] },
    {
      mark: "-",
      describe: "kubeadm reset: clean up an incomplete join",
      diff: "- /etc/kubernetes/kubelet.conf\n- node master2",
    },
  );

  it("of a machine that etcd lists removes its member first, and shows what that interrupts", () => {
    expect(kindOf<Change>(reset).describe(reset)).toBe(
      "remove its etcd member, kubeadm reset: clean up an incomplete join",
    );
    expect(kindOf<Change>(reset).interrupts?.(reset)).toEqual({
      what: "etcd writes, if that member is the leader, and clients of that machine's apiserver",
      seconds: 1,
    });
  });

  it("is not undone, and states why", () => {
    const { undo } = kindOf<Change>(reset);
    expect("stays" in undo ? undo.stays(reset) : "").toMatch(/not restored/);
  });
});

describe("an incomplete join that is cleaned up", () => {
  it.each<[string, Partial<ServedMember>, Situation]>([
    ["added and never started", { name: "", clientURLs: [], healthy: false }, { leads: 10 }],
    ["a learner", { isLearner: true }, { leads: 10 }],
    ["a voter that is the leader", {}, {}],
  ])("leaves etcd first: %s", async (_, second, situation) => {
    using sandbox = clusterToLeave({ second, ...situation });
    sandbox.file(MANIFEST, "");
    sandbox.file("/var/lib/etcd/member/wal", "");
    await make(sandbox, reset);
    const order = ["member remove b", "stop kubelet", "delete node --ignore-not-found master2", "reset -f"];
    expect(done(sandbox).filter((what) => order.includes(what))).toEqual(order);
    expect(existsSync(sandbox.path("/var/lib/etcd/member"))).toBe(false);
    const { data } = (await apiGetFrom<ConfigMap>(sandbox.host(), KUBEADM_CONFIG)) ?? {};
    expect(data?.["ClusterStatus"]).not.toContain("master2");
  });

  it("stays unchanged while another member is not healthy", async () => {
    using sandbox = clusterToLeave({
      second: { name: "", clientURLs: [], healthy: false },
      unhealthy: "master1",
    });
    sandbox.file(MANIFEST, "");
    await expect(make(sandbox, reset)).rejects.toMatchObject({
      message: "etcd members that are not healthy voters: master1, so master2 is not removed",
    });
    expect(done(sandbox)).toEqual([]);
    expect(existsSync(sandbox.path(MANIFEST))).toBe(true);
  });

  it("is not changed while a kubeadm runs there", async () => {
    using sandbox = clusterToLeave();
    sandbox.answer("pgrep", "echo 4711");
    await expect(make(sandbox, reset)).rejects.toMatchObject({ stderr: "kubeadm is still running here\n" });
    expect(done(sandbox)).toEqual([]);
  });

  it("does not check etcd if etcd does not list it", async () => {
    using sandbox = clusterToLeave({ unhealthy: "master1" });
    sandbox.file("/etc/kubernetes/kubelet.conf", "");
    await make(sandbox, { ...reset, address: "10.88.0.13", node: null });
    expect(done(sandbox)).toEqual(["stop kubelet", "reset -f"]);
  });

  it("removes files only after kubeadm's reset succeeded", async () => {
    using sandbox = clusterToLeave();
    sandbox.file("/etc/kubernetes/admin.conf", "");
    sandbox.file("/etc/kubernetes/pki/ca.crt", "");
    sandbox.file("/var/etcd/member/wal", "");
    sandbox.answer("kubeadm", "exit 1");
    const change = { ...reset, address: "10.88.0.13", etcdDataDir: "/var/etcd" };
    await expect(make(sandbox, change)).rejects.toMatchObject({ host: "master2" });
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["admin.conf", "pki"]);
    sandbox.answer("kubeadm", "");
    await make(sandbox, change);
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm reset -f --cri-socket /run/containerd/containerd.sock",
    );
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
    expect(readdirSync(sandbox.path("/var/etcd"))).toEqual([]);
  });

  it("of a worker removes what the join left, and no etcd data", async () => {
    using sandbox = clusterToLeave();
    sandbox.file("/etc/kubernetes/bootstrap-kubelet.conf", "");
    sandbox.file("/var/lib/etcd/member/wal", "other data");
    const { address, criSocket } = joinWorkerOf("worker1");
    const rest = { address, criSocket, found: [], isMember: false, node: null };
    await make(sandbox, { kind: "reset", host: "worker1", ...rest });
    expect(done(sandbox)).toEqual(["stop kubelet", "reset -f"]);
    expect(existsSync(sandbox.path("/var/lib/etcd/member/wal"))).toBe(true);
  });
});
