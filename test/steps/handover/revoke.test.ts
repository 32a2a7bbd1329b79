import { describe, expect, it } from "vitest";
import { revoke } from "../../../src/steps/handover/revoke.js";
import { NOTHING, planOf } from "../recorded.js";

describe("revoke", () => {
  it("revokes what the pending joins will leave", () => {
    expect(planOf(revoke, "fresh")).toEqual({
      changes: [{ kind: "revoke", host: "master1" }],
      problems: [],
    });
  });

  it("has nothing to revoke after a migration", () => {
    expect(planOf(revoke, "endpoint")).toEqual(NOTHING);
  });

  it("revokes a token that an interrupted run left", () => {
    const plan = planOf(revoke, "endpoint", (facts) => {
      facts.found = ["bootstrap-token-abcdef", "kubeadm-certs"];
    });
    expect(plan).toEqual({ changes: [{ kind: "revoke", host: "master1" }], problems: [] });
  });
});
