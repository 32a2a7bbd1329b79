import { describe, expect, it } from "vitest";
import { manifests, parseIds, removeSandboxes, sandboxIds } from "../../src/machine/static-pods.js";
import { Sandbox } from "./sandbox.js";

describe("sandboxes", () => {
  const did = (sandbox: Sandbox): string[] => sandbox.calls("crictl").map((call) => call.slice(3).join(" "));

  it("are found by kubeadm's labels, not by name", async () => {
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

  it("are retried while a container is starting, until they are removed", async () => {
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
