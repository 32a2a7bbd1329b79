import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { KUBECTL, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
const change: Change = {
  kind: "mark-control-plane",
  host: "master3",
  node: "node3",
  labels: [CONTROL_PLANE],
  taints: [{ key: CONTROL_PLANE, effect: "NoSchedule" }],
};

describe("marking a control-plane node", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "node node3: set the control-plane labels and taints, which a working master lacks",
    diff: `+ label ${CONTROL_PLANE}\n+ taint ${CONTROL_PLANE}:NoSchedule`,
  });

  it("sets labels and taints", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.calls()).toEqual([
      [...KUBECTL, "label", "--overwrite", "node", "node3", `${CONTROL_PLANE}=`],
      [...KUBECTL, "taint", "--overwrite", "node", "node3", `${CONTROL_PLANE}=:NoSchedule`],
    ]);
  });

  it("sets no taint if the cluster's masters have none", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, { ...change, taints: [] });
    expect(sandbox.calls()).toHaveLength(1);
  });

  it("is undone as far as it was made, if the node still exists", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({ "/api/v1/nodes/node3": { metadata: { name: "node3" } } });
    await undoChange(sandbox, change, { labels: [CONTROL_PLANE], taints: [] });
    expect(sandbox.calls("kubectl")).toEqual([[...KUBECTL, "label", "node", "node3", `${CONTROL_PLANE}-`]]);
    using gone = new Sandbox();
    gone.web.api({});
    await undoChange(gone, change, { labels: [CONTROL_PLANE], taints: [] });
    expect(gone.calls("kubectl")).toEqual([]);
  });
});
