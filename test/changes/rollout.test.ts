import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { KUBECTL, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "rollout",
  host: "master1",
  workload: "DaemonSet",
  namespace: "kube-system",
  name: "kube-proxy",
  configHash: "0123",
  interruption: { what: "nothing", seconds: 0 },
};

describe("rollout", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "DaemonSet kube-system/kube-proxy: roll out the new configuration",
    diff: "+ k8s-ha/config-hash: 0123",
    interrupts: { what: "nothing", seconds: 0 },
  });

  it("patches the pod template's annotation", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    const patch = { spec: { template: { metadata: { annotations: { "k8s-ha/config-hash": "0123" } } } } };
    expect(sandbox.calls()).toEqual([
      [...KUBECTL, "-n", "kube-system", "patch", "daemonset/kube-proxy", "-p", JSON.stringify(patch)],
    ]);
  });
});

describe("a DaemonSet's rollout", () => {
  const found = (rolled: number) => ({
    metadata: { generation: 3 },
    spec: { template: { metadata: {} } },
    status: {
      observedGeneration: 3,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: rolled,
      numberAvailable: 2,
    },
  });

  it("is rolled back, and waited for: its pods' address is removed next", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({
      "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy": [found(2), found(1), found(2)],
    });
    await undoChange(sandbox, change, { configHash: null });
    const patch = { spec: { template: { metadata: { annotations: { "k8s-ha/config-hash": null } } } } };
    expect(sandbox.calls("kubectl", "curl").map(([program]) => program)).toEqual([
      "curl",
      "kubectl",
      "curl",
      "curl",
    ]);
    expect(sandbox.calls("kubectl")[0]?.at(-1)).toBe(JSON.stringify(patch));
  });

  it("is waited for as long as more pods come", async () => {
    using sandbox = new Sandbox();
    const of = (rolled: number) => ({ ...found(rolled), spec: { replicas: 5, template: { metadata: {} } } });
    const answers = [0, 1, 2, 3, 4, 5].map((rolled) => ({
      ...of(rolled),
      status: { observedGeneration: 3, updatedReplicas: rolled, availableReplicas: 5 },
    }));
    sandbox.web.api({ "/apis/apps/v1/namespaces/kube-system/deployments/kube-proxy": answers });
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 100_000));
    onTestFinished(() => {
      clock.mockRestore();
    });
    await undoChange(sandbox, { ...change, workload: "Deployment" }, { configHash: null });
    expect(sandbox.calls("curl")).toHaveLength(6);
  });

  it("is not rolled back if it was deleted since", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({});
    await undoChange(sandbox, change, { configHash: null });
    expect(sandbox.calls("kubectl")).toEqual([]);
  });
});
