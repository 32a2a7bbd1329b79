import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  endPod,
  exitCodeInPod,
  podComplaints,
  podRunsSince,
  portsOfOtherPods,
} from "../../src/machine/load-balancer-pods.js";
import { showProcess } from "./pod-processes.js";
import { Sandbox } from "./sandbox.js";

const VOLUMES = "/var/lib/kubelet/pods/3b1a-77/volumes";

describe("a load balancer's pod", () => {
  /** This process stands in for haproxy's. */
  const haproxyIs = (how: Parameters<typeof showProcess>[3]): Sandbox => {
    const sandbox = new Sandbox();
    sandbox.answer("pgrep", `echo ${process.pid}`);
    showProcess(sandbox, process.pid, "haproxy", how);
    return sandbox;
  };

  it.each([
    ["with containerd and cgroup v2", {}],
    [
      "with CRI-O",
      { cgroup: "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6d.slice/crio-9f.scope" },
    ],
    [
      "with cgroup v1, without systemd",
      { cgroup: "9:name=systemd:/kubepods/burstable/pod6d/9f\n4:memory:/kubepods/burstable/pod6d/9f" },
    ],
    ["with /etc on a file system of its own", { source: "0:31 /haproxy", type: "overlay overlay rw" }],
    ["with a link in place of the folder", { source: "254:0 /opt/lb" }],
    ["whose folder a rollback removed", { source: "254:0 /etc/haproxy//deleted" }],
  ])("has a start time, %s", async (_, how) => {
    using sandbox = haproxyIs(how);
    const since = (await sandbox.host().ask(podRunsSince("haproxy"))) ?? 0;
    const started = Date.now() / 1000 - process.uptime();
    expect(Math.abs(since - started)).toBeLessThan(2);
  });

  it.each([
    ["a pod with its configuration in its image", { source: null }],
    ["a pod with it in a ConfigMap", { source: `254:0 ${VOLUMES}/kubernetes.io~configmap/haproxy` }],
    ["a pod with it in a Secret", { source: "0:99 /", type: "tmpfs tmpfs rw" }],
    ["a service that sees its folder read-only", { cgroup: "0::/system.slice/haproxy.service" }],
  ])("is not %s", async (_, how) => {
    using sandbox = haproxyIs(how);
    expect(await sandbox.host().ask(podRunsSince("haproxy"))).toBeUndefined();
  });

  it("is undefined if no such program runs, without using the runtime", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("pgrep", "exit 1");
    expect(await sandbox.host().ask(podRunsSince("haproxy"))).toBeUndefined();
    expect(sandbox.calls("crictl")).toEqual([]);
  });

  it("has ports other than those of another pod with the same program", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("pgrep", "echo 41; echo 42; echo 43");
    sandbox.answer(
      "ss",
      `cat <<'END'
LISTEN 0 4096 10.88.0.100:443  0.0.0.0:* users:(("haproxy",pid=41,fd=6))
LISTEN 0 4096        [::]:443     [::]:* users:(("haproxy",pid=42,fd=9),("haproxy",pid=44,fd=9))
LISTEN 0 4096           *:1936       *:* users:(("haproxy",pid=42,fd=7))
LISTEN 0 4096   127.0.0.1:8404 0.0.0.0:* users:(("haproxy",pid=43,fd=7))
LISTEN 0 4096   127.0.0.1:8405 0.0.0.0:* users:(("haproxy",pid=420,fd=7))
END`,
    );
    showProcess(sandbox, 41, "haproxy");
    showProcess(sandbox, 42, "haproxy", { source: null });
    showProcess(sandbox, 43, "haproxy", { cgroup: "0::/system.slice/haproxy.service", source: null });
    expect(await sandbox.host().ask(portsOfOtherPods("haproxy"))).toEqual([443, 1936]);
    sandbox.answer("pgrep", "exit 1");
    expect(await sandbox.host().ask(portsOfOtherPods("haproxy"))).toEqual([]);
    expect(sandbox.calls("ss")).toHaveLength(1);
  });

  it("is terminated, after its manifest is removed; another pod with the same program continues", async () => {
    using sandbox = new Sandbox();
    const path = "/etc/kubernetes/manifests/keepalived.yaml";
    sandbox.file(path, "");
    const [ours, other] = [spawn("sleep", ["60"]), spawn("sleep", ["60"])];
    showProcess(sandbox, ours.pid ?? 0, "keepalived");
    showProcess(sandbox, other.pid ?? 0, "keepalived", { source: null });
    const ended = once(ours, "exit");
    sandbox.answer(
      "pgrep",
      `for p in ${ours.pid} ${other.pid}; do if kill -0 $p 2>/dev/null; then echo $p; fi; done`,
    );
    await sandbox.host().run(endPod("keepalived"));
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(existsSync(sandbox.path(path))).toBe(false);
    expect(other.kill()).toBe(true);
    expect(await once(other, "exit")).toEqual([null, "SIGTERM"]);
  });

  it("is not changed if there is no manifest", async () => {
    using sandbox = new Sandbox();
    await sandbox.host().run(endPod("keepalived"));
    expect(sandbox.calls("pgrep")).toEqual([]);
  });

  /** Of two containers named keepalived, ours is the one in the pod with our labels. */
  const containers = (sandbox: Sandbox, more: string): void => {
    sandbox.answer(
      "crictl",
      `case "$*" in
*' pods -q --namespace kube-system --label component='*' --label tier=load-balancer') echo pod ;;
*' ps '*'--pod pod') echo one ;;
*' ps '*) echo other ;;
${more}
esac`,
    );
  };

  it("reports the exit code of a program inside", async () => {
    using sandbox = new Sandbox();
    containers(sandbox, '*"exec one /check"*) exit 3 ;;');
    expect(await sandbox.host().ask(exitCodeInPod("keepalived", "/check"))).toBe(3);
    sandbox.answer("crictl", "");
    expect(await sandbox.host().ask(exitCodeInPod("keepalived", "/check"))).toBe(1);
  });

  it("returns its last errors, also after it has ended", async () => {
    using sandbox = new Sandbox();
    containers(sandbox, "*logs*one) echo '[NOTICE] a' >&2; echo '[ALERT] cannot bind' >&2 ;;");
    expect(await sandbox.host().ask(podComplaints("haproxy", "[ALERT]"))).toBe("[ALERT] cannot bind");
    expect(sandbox.commands("crictl").some((call) => call.includes("ps -a -q"))).toBe(true);
    sandbox.answer("crictl", "");
    expect(await sandbox.host().ask(podComplaints("haproxy", "[ALERT]"))).toBe("");
  });
});
