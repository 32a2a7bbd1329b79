import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clusterToJoin, TOKEN } from "./cluster-to-join.js";
import { clusterToLeave, done } from "./cluster-to-leave.js";
import { stateBefore, make, undoChange } from "./context.js";
import { joinWorkerOf } from "./joining.js";
import { itIsShownAs } from "./shown.js";

const worker = joinWorkerOf("worker1");

describe("join-worker", () => {
  itIsShownAs(worker, {
    mark: "+",
    describe: "kubeadm join as worker worker1 through 10.88.0.100:6443 (token: known when reached)",
    diff: "+ node worker1 10.88.0.21",
  });

  it("joins as a worker, with its own token that is on no disk afterwards, without querying etcd", async () => {
    using sandbox = clusterToJoin(false);
    await make(sandbox, worker);
    const config = sandbox.read("/joined");
    expect(config).toContain(`    token: "${TOKEN}"\n`);
    expect(config).toContain("    node-ip: 10.88.0.21\n");
    expect(config).not.toMatch(/controlPlane|taints/);
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
    expect(sandbox.scripts.join("\n")).not.toContain(TOKEN);
    const [create, join] = sandbox.calls("kubeadm").map(([, ...args]) => args);
    expect(create?.at(-1)).toBe("k8s-ha: lets one worker join");
    expect(join?.[0]).toBe("join");
  });
});

describe("a worker that leaves", () => {
  it("is deleted as a node, reset, and restored to its former state; etcd is not involved", async () => {
    using sandbox = clusterToLeave({ unhealthy: "master1" });
    sandbox.file("/var/lib/etcd/member/wal", "other data");
    const before = await stateBefore(sandbox, worker);
    sandbox.file("/etc/kubernetes/kubelet.conf", "");
    await undoChange(sandbox, worker, before);
    expect(done(sandbox)).toEqual([
      "stop kubelet",
      "delete node --ignore-not-found worker1",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=worker1 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(existsSync(sandbox.path("/etc/kubernetes"))).toBe(false);
    expect(existsSync(sandbox.path("/var/lib/etcd/member/wal"))).toBe(true);
  });
});
