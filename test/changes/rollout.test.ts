import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { waitForRollout } from "../../src/changes/rollout.js";
import { contextOf, KUBECTL, make, undoChange } from "./context.js";
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

  it("replaces pods itself if a lost host's pod would stop the controller", async () => {
    using sandbox = new Sandbox();
    const path = "/apis/apps/v1/namespaces/kube-system";
    const owner = { ownerReferences: [{ uid: "u" }] };
    const hash = (of: string) => ({ labels: { "controller-revision-hash": of } });
    const ready = { conditions: [{ type: "Ready", status: "True" }] };
    const pod = (name: string, nodeName: string, of: string, status: object = ready) => ({
      metadata: { name, ...owner, ...hash(of) },
      spec: { nodeName },
      status,
    });
    const lost = pod("p9", "node9", "old", {});
    const address = [{ type: "InternalIP", address: sandbox.inventory.workers[0]?.address }];
    sandbox.web.api({
      "/api/v1/nodes": { items: [{ metadata: { name: "node9" }, status: { addresses: address } }] },
      [`${path}/daemonsets/kube-proxy`]: {
        metadata: { uid: "u", generation: 3 },
        spec: { template: { metadata: {} } },
        status: { observedGeneration: 3, desiredNumberScheduled: 3, updatedNumberScheduled: 0 },
      },
      [`${path}/controllerrevisions`]: {
        items: [
          { metadata: { ...owner, ...hash("new") }, revision: 7 },
          { metadata: { ...owner, ...hash("old") }, revision: 6 },
        ],
      },
      "/api/v1/namespaces/kube-system/pods": [
        { items: [pod("p1", "node1", "old"), pod("p2", "node2", "old"), lost] },
        // It is being replaced.
        { items: [pod("p2", "node2", "old"), lost] },
        { items: [pod("q1", "node1", "new"), pod("p2", "node2", "old"), lost] },
        { items: [pod("q1", "node1", "new"), pod("q2", "node2", "new", {}), lost] },
        { items: [pod("q1", "node1", "new"), pod("q2", "node2", "new"), lost] },
      ],
    });
    const context = contextOf(sandbox);
    const fleet = context.fleet.without(["worker1"]);
    await waitForRollout(
      "DaemonSet",
      { namespace: "kube-system", name: "kube-proxy" },
      { ...context, fleet },
    );
    expect(sandbox.calls("kubectl").map((call) => call.slice(KUBECTL.length))).toEqual([
      ["-n", "kube-system", "delete", "pod", "p1", "--wait=false"],
      ["-n", "kube-system", "delete", "pod", "p2", "--wait=false"],
    ]);
  });

  it("is not rolled back if it was deleted since", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({});
    await undoChange(sandbox, change, { configHash: null });
    expect(sandbox.calls("kubectl")).toEqual([]);
  });
});
