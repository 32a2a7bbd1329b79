import { describe, expect, it } from "vitest";
import { testedVersion } from "../../../../src/steps/preflight/checks/tested-version.js";
import { labInventory } from "../../inventory.js";

const problemsWith = (kubernetesVersion: string) =>
  testedVersion.problems({ kubernetesVersion }, labInventory());

describe("check tested-version", () => {
  it.each(["v1.20.2", "v1.37.2"])("reports nothing for %s, which is tested", (version) => {
    expect(problemsWith(version)).toEqual([]);
  });

  it.each(["v1.21.0", "v1.25.3", "v1.29.9"])("warns of %s, which only unit tests cover", (version) => {
    expect(problemsWith(version)).toMatchObject([{ severity: "warning", host: "master1" }]);
  });

  it("rejects versions older than the oldest tested, regardless of the operator's options", () => {
    const problems = problemsWith("v1.19.16");
    expect(problems).toMatchObject([
      {
        severity: "blocker",
        what: "the cluster is v1.19.16; the oldest version that k8s-ha was tested on is 1.20",
      },
    ]);
    expect(problems[0]).not.toHaveProperty("allowedBy");
  });

  it("rejects newer versions, unless the operator allows them", () => {
    expect(problemsWith("v1.38.0")).toMatchObject([
      { severity: "blocker", host: "master1", allowedBy: "--allow-untried-version" },
    ]);
  });
});
