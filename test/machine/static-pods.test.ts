import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  endStaticPod,
  exitCodeInPod,
  inPodsSince,
  manifests,
  parseIds,
  podComplaints,
  removeSandboxes,
  sandboxIds,
} from "../../src/machine/static-pods.js";
import { Sandbox } from "./sandbox.js";

describe("sandboxes", () => {
  const did = (sandbox: Sandbox): string[] => sandbox.calls("crictl").map((call) => call.slice(3).join(" "));

  it("are found by kubeadm's labels, not by a name that others may share", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", "echo one; echo two");
    expect(parseIds(await sandbox.host().run(sandboxIds("kube-scheduler")))).toEqual(["one", "two"]);
    expect(did(sandbox)).toEqual(["pods -q --namespace kube-system --label component=kube-scheduler"]);
  });

  it("are stopped and removed, one after the other", async () => {
    using sandbox = new Sandbox();
    await sandbox.host().run(removeSandboxes(["one", "two"]));
    expect(did(sandbox)).toEqual(["stopp one", "rmp one", "stopp two", "rmp two"]);
  });

  it("are tried again while a container is just being started, until they are gone", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      `case "$*" in
*rmp*) if [ -f "$SANDBOX/tried" ]; then exit 0; fi; touch "$SANDBOX/tried"; exit 1 ;;
*'pods -q') echo other; echo one ;;
esac`,
    );
    await sandbox.host().run(removeSandboxes(["one"]));
    expect(did(sandbox)).toEqual(["stopp one", "rmp one", "pods -q", "stopp one", "rmp one"]);
  });
});

describe("manifests", () => {
  it("names the components", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(manifests)).toEqual([]);
    for (const name of ["etcd.yaml", "kube-apiserver.yaml", "README"])
      sandbox.file(`/etc/kubernetes/manifests/${name}`, "");
    expect(await sandbox.host().ask(manifests)).toEqual(["etcd", "kube-apiserver"]);
  });
});

describe("a program in a pod", () => {
  /** This very process stands for one in a pod, where its cgroup is taken for a pod's. */
  const inPod = (sandbox: Sandbox, isInPod: boolean): void => {
    sandbox.answer("pgrep", `echo ${process.pid}`);
    sandbox.answer(
      "grep",
      `case "$*" in *kubepods*) ${isInPod ? "exit 0" : "exit 1"} ;; *) exec /usr/bin/grep "$@" ;; esac`,
    );
  };

  it("is known since it was started", async () => {
    using sandbox = new Sandbox();
    inPod(sandbox, true);
    const since = (await sandbox.host().ask(inPodsSince("haproxy"))) ?? 0;
    const started = Date.now() / 1000 - process.uptime();
    expect(Math.abs(since - started)).toBeLessThan(2);
  });

  it("is none where the process is no pod's, or there is none", async () => {
    using sandbox = new Sandbox();
    inPod(sandbox, false);
    expect(await sandbox.host().ask(inPodsSince("haproxy"))).toBeUndefined();
    sandbox.answer("pgrep", "exit 1");
    expect(await sandbox.host().ask(inPodsSince("haproxy"))).toBeUndefined();
  });

  it("is ended in order, its manifest first", async () => {
    using sandbox = new Sandbox();
    const path = "/etc/kubernetes/manifests/keepalived.yaml";
    inPod(sandbox, true);
    sandbox.file(path, "");
    const child = spawn("sleep", ["60"]);
    const ended = once(child, "exit");
    sandbox.answer("pgrep", `if kill -0 ${child.pid} 2>/dev/null; then echo ${child.pid}; fi`);
    await sandbox.host().run(endStaticPod("keepalived"));
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(existsSync(sandbox.path(path))).toBe(false);
  });

  it("is left alone where it is no static pod", async () => {
    using sandbox = new Sandbox();
    await sandbox.host().run(endStaticPod("keepalived"));
    expect(sandbox.calls("pgrep")).toEqual([]);
  });

  it("tells whether a program can do its work in there", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", 'case "$*" in *" ps "*) echo one ;; *"exec one /check"*) exit 3 ;; esac');
    expect(await sandbox.host().ask(exitCodeInPod("keepalived", "/check"))).toBe(3);
    sandbox.answer("crictl", "");
    expect(await sandbox.host().ask(exitCodeInPod("keepalived", "/check"))).toBe(1);
  });

  it("tells what it complained of", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      "case \"$*\" in *\" ps \"*) echo one ;; *logs*) echo '[NOTICE] a' >&2; echo '[ALERT] cannot bind' >&2 ;; esac",
    );
    expect(await sandbox.host().ask(podComplaints("haproxy", "[ALERT]"))).toBe("[ALERT] cannot bind");
    sandbox.answer("crictl", "");
    expect(await sandbox.host().ask(podComplaints("haproxy", "[ALERT]"))).toBe("");
  });
});
