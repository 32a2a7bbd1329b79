import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, KUBECTL, stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

describe("config-map", () => {
  const info: Change = {
    kind: "config-map",
    host: "master1",
    namespace: "kube-public",
    name: "cluster-info",
    data: { kubeconfig: { before: "server: a\n", after: "server: b\n" } },
    signed: true,
  };
  const change: Change = {
    kind: "config-map",
    host: "master1",
    namespace: "kube-system",
    name: "kubeadm-config",
    data: { ClusterConfiguration: { before: "old\n", after: 'it\'s "new"\n' } },
    annotations: { hash: "1" },
  };
  const object = (text: string) => ({
    metadata: { resourceVersion: "77", annotations: { other: "kept" } },
    data: { ClusterConfiguration: text, ClusterStatus: "kept" },
  });
  const serve = (sandbox: Sandbox, text: string): void => {
    sandbox.file("/object.json", JSON.stringify(object(text)));
    sandbox.answer(
      "kubectl",
      'case "$*" in *replace*) cat >"$SANDBOX/replaced.json" ;; *) cat "$SANDBOX/object.json" ;; esac',
    );
  };

  itIsShownAs(info, {
    mark: "~",
    describe: "ConfigMap kube-public/cluster-info: kubeconfig",
    diff: "@@ -1,1 +1,1 @@\n-server: a\n+server: b",
  });

  it("replaces its keys with the version that was read, and keeps everything else", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, "old\n");
    await make(sandbox, change);
    expect(JSON.parse(sandbox.read("/replaced.json"))).toEqual({
      metadata: { resourceVersion: "77", annotations: { other: "kept", hash: "1" } },
      data: { ClusterConfiguration: 'it\'s "new"\n', ClusterStatus: "kept" },
    });
    expect(sandbox.calls("kubectl")).toEqual([
      [...KUBECTL, "get", "--raw", "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"],
      [...KUBECTL, "replace", "--raw", "/api/v1/namespaces/kube-system/configmaps/kubeadm-config", "-f", "-"],
    ]);
  });

  it("writes nothing a second time", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, 'it\'s "new"\n');
    await make(sandbox, change);
    expect(sandbox.calls("kubectl")).toHaveLength(1);
  });

  it("does not overwrite a concurrent edit", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, "another hand\n");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      message: "the ConfigMap kube-system/kubeadm-config was modified outside k8s-ha since the plan was made",
    });
    expect(sandbox.calls("kubectl")).toHaveLength(1);
  });

  it("waits until every signature of cluster-info is a new one", async () => {
    using sandbox = new Sandbox();
    const signed = (text: string, signature: string): string =>
      JSON.stringify({ metadata: {}, data: { kubeconfig: text, "jws-kubeconfig-abcdef": signature } });
    sandbox.file("/old.json", signed("server: a\n", "s1"));
    sandbox.file("/stale.json", signed("server: b\n", "s1"));
    sandbox.file("/signed.json", signed("server: b\n", "s2"));
    sandbox.answer(
      "kubectl",
      `case "$*" in
*replace*) cat >/dev/null; echo 1 >"$SANDBOX/n" ;;
*) if [ ! -f "$SANDBOX/n" ]; then cat "$SANDBOX/old.json"; elif [ "$(cat "$SANDBOX/n")" = 1 ]; then echo 2 >"$SANDBOX/n"; cat "$SANDBOX/stale.json"; else cat "$SANDBOX/signed.json"; fi ;;
esac`,
    );
    await make(sandbox, info);
    expect(sandbox.calls("kubectl").map((call) => call[5])).toEqual(["get", "replace", "get", "get"]);
  });
});

describe("a ConfigMap", () => {
  const change: Change = {
    kind: "config-map",
    host: "master1",
    namespace: "kube-system",
    name: "kube-proxy",
    data: { conf: { before: "old", after: "new" } },
    annotations: { hash: "2", added: "1" },
  };
  const object = (conf: string, annotations: object): string =>
    JSON.stringify({ metadata: { resourceVersion: "7", annotations }, data: { conf, other: "kept" } });
  const serve = (sandbox: Sandbox, text: string): void => {
    sandbox.file("/object.json", text);
    sandbox.answer(
      "kubectl",
      'case "$*" in *replace*) cat >"$SANDBOX/object.json" ;; *) cat "$SANDBOX/object.json" ;; esac',
    );
  };

  it("gets its texts and annotations back, and loses those that were added", async () => {
    using sandbox = new Sandbox();
    const former = object("old", { hash: "1" });
    serve(sandbox, former);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read("/object.json")).toBe(object("new", { hash: "2", added: "1" }));
    await undoChange(sandbox, change, before);
    expect(sandbox.read("/object.json")).toBe(former);
    const calls = sandbox.calls("kubectl").length;
    await undoChange(sandbox, change, before);
    expect(sandbox.calls("kubectl")).toHaveLength(calls + 1);
  });

  it("that was edited since is reported", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, object("by hand", {}));
    const drift = await driftOf(sandbox, change, { data: { conf: "old" }, annotations: {} });
    expect(drift).toBe("conf in the ConfigMap kube-system/kube-proxy was modified outside k8s-ha");
  });

  it("that kubeadm rewrote with its keys in another order counts as unmodified", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, object("b: 1\na: [x]\n", {}));
    const ours: Change = { ...change, data: { conf: { before: "old", after: "a:\n- x\nb: 1\n" } } };
    expect(await driftOf(sandbox, ours, { data: { conf: "old" }, annotations: {} })).toBeUndefined();
  });

  it("is restored to what the first of several runs found", () => {
    const [first, second] = [
      { data: { conf: "1" }, annotations: {} },
      { data: { conf: "2", more: "x" }, annotations: { hash: "h" } },
    ];
    expect(undoOf(change).merge?.(first, second)).toEqual({
      data: { conf: "1", more: "x" },
      annotations: { hash: "h" },
    });
  });
});
