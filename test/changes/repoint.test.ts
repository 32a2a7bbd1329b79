import { describe, expect, it } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "repoint",
  host: "master1",
  object: "ConfigMap",
  namespace: "kube-system",
  name: "cni",
  edits: [
    { at: ["data", "KUBERNETES_SERVICE_HOST"], from: "10.88.0.11", to: "10.88.0.100" },
    { at: ["data", "KUBERNETES_SERVICE_PORT"], from: "6443", to: "8443" },
    { at: ["data", "conf"], from: "https://10.88.0.11:6443", to: "https://10.88.0.100:8443" },
  ],
  endpoint: "10.88.0.100:8443",
};
const map = (host: string, port: string, conf: string, annotations: object = {}) => ({
  metadata: { name: "cni", resourceVersion: "7", annotations },
  data: { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, conf, other: "10.88.0.11" },
});
const CONF = "server: https://10.88.0.11:6443\nbackup: https://10.88.0.11:64430\ntoken: SECRET $& 10.88.0.11";
const CONF_AFTER = CONF.replace("https://10.88.0.11:6443\n", "https://10.88.0.100:8443\n");
const before = map("10.88.0.11", "6443", CONF, { mine: "1" });
const after = map("10.88.0.100", "8443", CONF_AFTER, { mine: "1", "k8s-ha/endpoint": "10.88.0.100:8443" });

/** A cluster that stores what is written to it. */
function clusterWith(object: object): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("/object.json", JSON.stringify(object));
  sandbox.answer(
    "kubectl",
    'case "$*" in *replace*) cat >"$SANDBOX/object.json" ;; *get*) cat "$SANDBOX/object.json" ;; esac',
  );
  return sandbox;
}
const objectOf = (sandbox: Sandbox): unknown => JSON.parse(sandbox.read("/object.json"));

describe("repoint", () => {
  itIsShownAs(
    {
      ...change,
      object: "DaemonSet",
      edits: [
        {
          at: ["spec", "template", "spec", "containers", 0, "args", 1],
          from: "https://a:1",
          to: "https://b:2",
        },
      ],
    },
    {
      mark: "~",
      describe: "DaemonSet kube-system/cni: point to 10.88.0.100:8443",
      diff: "- spec.template.spec.containers.0.args.1: https://a:1\n+ spec.template.spec.containers.0.args.1: https://b:2",
      interrupts: { what: "each pod of cni while it restarts", seconds: 30 },
    },
  );
});

describe("an object that names another server", () => {
  it("is changed only in these places, and restored", async () => {
    using sandbox = clusterWith(before);
    const was = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(objectOf(sandbox)).toEqual(after);
    expect(await driftOf(sandbox, change, was)).toBeUndefined();
    await undoChange(sandbox, change, was);
    expect(objectOf(sandbox)).toEqual(before);
    expect(await driftOf(sandbox, change, was)).toBeUndefined();
    await undoChange(sandbox, change, was);
    expect(objectOf(sandbox)).toEqual(before);
    expect([JSON.stringify(was), kindOf(change).diff?.(change), ...sandbox.scripts].join("\n")).not.toContain(
      "SECRET",
    );
  });

  it("is unchanged if it was changed already, also by an interrupted run", async () => {
    using sandbox = clusterWith(after);
    await make(sandbox, change);
    expect(sandbox.calls("kubectl").map((call) => call[5])).toEqual(["get"]);
  });

  it("is not changed if it was modified in the meantime", async () => {
    using sandbox = clusterWith(map("10.88.0.99", "6443", CONF));
    await expect(make(sandbox, change)).rejects.toThrow("was modified outside k8s-ha");
    expect(await driftOf(sandbox, change, await stateBefore(sandbox, change))).toBe(
      "data.KUBERNETES_SERVICE_HOST in ConfigMap kube-system/cni was modified outside k8s-ha",
    );
  });

  it("that was deleted since has nothing to undo", async () => {
    using sandbox = clusterWith(after);
    const was = { edits: change.edits, annotation: null };
    sandbox.answer("kubectl", `echo 'Error from server (NotFound): configmaps "cni" not found' >&2; exit 1`);
    expect(await driftOf(sandbox, change, was)).toBeUndefined();
    await undoChange(sandbox, change, was);
    expect(sandbox.calls("kubectl").map((call) => call[5])).toEqual(["get", "get"]);
    sandbox.answer("kubectl", "echo 'connection refused' >&2; exit 1");
    await expect(driftOf(sandbox, change, was)).rejects.toThrow("connection refused");
    await expect(undoChange(sandbox, change, was)).rejects.toThrow("connection refused");
  });

  it("is not changed if its places no longer exist", async () => {
    const { data, metadata } = after;
    const { KUBERNETES_SERVICE_HOST, conf, other } = data;
    using sandbox = clusterWith({ metadata, data: { KUBERNETES_SERVICE_HOST, conf, other } });
    await undoChange(sandbox, change, { edits: change.edits, annotation: null });
    expect(objectOf(sandbox)).toEqual({
      metadata: before.metadata,
      data: { KUBERNETES_SERVICE_HOST: "10.88.0.11", conf: CONF, other },
    });
  });

  it("is restored from everything that two runs changed in it", () => {
    const [first, second] = change.edits.map((edit) => ({ edits: [edit], annotation: null }));
    const merged = undoOf(change).merge?.(first, { ...second, annotation: "10.88.0.100:8443" });
    expect(merged).toEqual({ edits: change.edits.slice(0, 2), annotation: null });
  });

  it("restarts its pods by the template's annotation, and waits for them on undo", async () => {
    const at = ["spec", "template", "spec", "containers", 0, "args", 0];
    const [edit] = change.edits.slice(2);
    if (edit === undefined) throw new Error("there is no such edit");
    const daemon: Change = { ...change, object: "DaemonSet", edits: [{ ...edit, at }] };
    const template = (word: string, metadata: object) => ({
      metadata: { name: "cni", generation: 3 },
      spec: { template: { metadata, spec: { containers: [{ args: [word] }] } } },
    });
    using sandbox = clusterWith(template("--master=https://10.88.0.11:6443", {}));
    const was = await stateBefore(sandbox, daemon);
    await make(sandbox, daemon);
    const annotations = { "k8s-ha/endpoint": "10.88.0.100:8443" };
    expect(objectOf(sandbox)).toEqual(template("--master=https://10.88.0.100:8443", { annotations }));
    const status = (rolled: number) => ({
      observedGeneration: 3,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: rolled,
      numberAvailable: 2,
    });
    const path = "/apis/apps/v1/namespaces/kube-system/daemonsets/cni";
    sandbox.web.api({ [path]: [1, 2].map((rolled) => ({ ...template("", {}), status: status(rolled) })) });
    await undoChange(sandbox, daemon, was);
    expect(objectOf(sandbox)).toEqual(template("--master=https://10.88.0.11:6443", { annotations: {} }));
    expect(sandbox.calls("curl")).toHaveLength(2);
  });
});
