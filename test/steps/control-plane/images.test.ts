import { describe, expect, it } from "vitest";
import { images } from "../../../src/steps/control-plane/images.js";
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
