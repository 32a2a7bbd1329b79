import { describe, expect, it } from "vitest";
import { Sandbox } from "../../machine/sandbox.js";
import { images, missingImages } from "../../../src/steps/control-plane/images.js";
import { named, NOTHING, planOf } from "../recorded.js";

describe("images", () => {
  it("pulls nothing where the images are there already", () => {
    expect(planOf(images, "fresh")).toEqual(NOTHING);
  });

  it("asks no master that runs already", () => {
    expect(planOf(images, "migrated")).toEqual(NOTHING);
  });

  it("pulls what one new master lacks, there alone", () => {
    const missing = ["k8s.gcr.io/etcd:3.4.13-0", "k8s.gcr.io/pause:3.2"];
    const plan = planOf(images, "fresh", ({ hosts }) => {
      named(hosts, "master3").missing = missing;
    });
    expect(plan).toEqual({ changes: [{ kind: "images", host: "master3", images: missing }], problems: [] });
  });
});

describe("missingImages", () => {
  it("says why kubeadm names none, instead of missing none", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", "echo 'unknown flag' >&2; exit 1");
    await expect(sandbox.host().ask(missingImages("v1.20.2", undefined))).rejects.toThrow("unknown flag");
  });

  it("names those that the runtime does not have", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", "echo a/b:1; echo a/c:2");
    sandbox.answer("crictl", "case $* in *a/b:1) exit 1;; esac");
    expect(await sandbox.host().ask(missingImages("v1.20.2", undefined))).toEqual(["a/b:1"]);
  });
});
