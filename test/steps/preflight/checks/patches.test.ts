import { describe, expect, it } from "vitest";
import { patches } from "../../../../src/steps/preflight/checks/patches.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const FOLDER = "/etc/patches";

describe("check patches", () => {
  it("reports a new master without the operator's patches", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    using bare = new Sandbox();
    servesFreshCluster(first);
    other.answer("kubelet", "");
    bare.lacks("kubelet");
    const inventory = labInventory({ kubeadm: { patches: FOLDER } });
    const others = { master2: other, master3: bare };
    const before = await patches.probe(looking(first, others, inventory));
    expect([...before.found]).toEqual([["master2", false]]);
    expect(patches.problems(before, inventory)).toEqual([
      {
        severity: "blocker",
        host: "master2",
        what: "/etc/patches (kubeadm.patches) is missing or empty, so the control plane of master2 would be created without your patches",
        fix: "copy the directory to master2, or remove kubeadm.patches from the inventory",
      },
    ]);
    other.file(`${FOLDER}/kube-apiserver0+merge.yaml`, "metadata: {}\n");
    const after = await patches.probe(looking(first, others, inventory));
    expect([...after.found]).toEqual([["master2", true]]);
    expect(patches.problems(after, inventory)).toEqual([]);
  });

  it("queries nothing if the inventory names no directory", async () => {
    using sandbox = new Sandbox();
    expect(await patches.probe(looking(sandbox))).toEqual({ found: new Map(), failures: [] });
    expect(sandbox.scripts).toEqual([]);
  });
});
