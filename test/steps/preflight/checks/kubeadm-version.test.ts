import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { kubeadmVersion } from "../../../../src/steps/preflight/checks/kubeadm-version.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { on } from "../../recorded.js";
import { looking, servesFreshCluster, unreachable, without } from "../looking.js";

const { problemsOf } = on("1.20.2");

describe("check kubeadm-version", () => {
  it("reports a kubeadm of another minor version", () => {
    expect(
      problemsOf(kubeadmVersion, "fresh", ({ kubeadm }) => kubeadm.found.set("master2", "v1.21.0")),
    ).toEqual([
      blocker(
        "master2",
        "kubeadm is v1.21.0, the cluster is v1.20.2",
        "install kubeadm, kubelet and kubectl v1.20.2 on master2",
      ),
    ]);
  });

  it("accepts a patch version that differs", () => {
    expect(
      problemsOf(kubeadmVersion, "fresh", ({ kubeadm }) => kubeadm.found.set("master2", "v1.20.15")),
    ).toEqual([]);
  });

  it("queries the first master and those that have yet to join, and reports a kubeadm that fails", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    using broken = new Sandbox();
    servesFreshCluster(first);
    first.answer("kubeadm", "echo v1.20.2");
    for (const sandbox of [other, broken]) sandbox.answer("kubelet", "");
    other.answer("kubeadm", "echo v1.20.15");
    broken.answer("kubeadm", "echo 'kubeadm: broken' >&2; exit 1");
    const facts = await kubeadmVersion.probe(looking(first, { master2: other, master3: broken }));
    expect([...facts.kubeadm.found]).toEqual([
      ["master1", "v1.20.2"],
      ["master2", "v1.20.15"],
    ]);
    expect(kubeadmVersion.problems(facts, labInventory())).toMatchObject([
      { severity: "blocker", host: "master3", what: expect.stringContaining("kubeadm: broken") as string },
    ]);
    const bare = { master2: other, master3: without("kubeadm", broken) };
    const { kubeadm } = await kubeadmVersion.probe(looking(first, bare));
    expect(kubeadm.failures).toEqual([]);
  });

  it("queries no machine if all masters have joined", async () => {
    using first = new Sandbox();
    servesFreshCluster(first);
    const inventory = labInventory({ controlPlane: [{ name: "master1", address: "10.88.0.11" }] });
    const { kubeadm } = await kubeadmVersion.probe(looking(first, { lb1: unreachable("lb1") }, inventory));
    expect(kubeadm).toEqual({ found: new Map(), failures: [] });
  });
});
