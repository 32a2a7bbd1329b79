import { describe, expect, it } from "vitest";
import { triedProblems } from "../../../src/steps/preflight/versions.js";

describe("triedProblems", () => {
  it.each(["v1.20.2", "v1.37.2"])("reports nothing for %s, which is tested", (version) => {
    expect(triedProblems(version, "master1")).toEqual([]);
  });

  it.each(["v1.21.0", "v1.25.3", "v1.29.9"])("warns of %s, which only unit tests cover", (version) => {
    expect(triedProblems(version, "master1")).toMatchObject([{ severity: "warning", host: "master1" }]);
  });

  it("rejects versions older than the oldest tested, regardless of the operator's options", () => {
    const [problem] = triedProblems("v1.19.16", "master1");
    expect(problem).toMatchObject({
      severity: "blocker",
      what: "the cluster is v1.19.16; the oldest version that k8s-ha was tested on is 1.20",
    });
    expect(problem).not.toHaveProperty("allowedBy");
  });

  it("rejects newer versions, unless the operator allows them", () => {
    expect(triedProblems("v1.38.0", "master1")).toMatchObject([
      { severity: "blocker", host: "master1", allowedBy: "--allow-untried-version" },
    ]);
  });
});
