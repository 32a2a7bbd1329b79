import { describe, expect, it } from "vitest";
import { servingCertificate } from "../../../src/steps/certificates/serving-certificate.js";
import { NOTHING, planOf } from "../recorded.js";

describe("serving-certificate", () => {
  it("only waits and checks, and never changes anything", () => {
    expect(planOf(servingCertificate, "fresh")).toEqual(NOTHING);
    expect(planOf(servingCertificate, "endpoint")).toEqual(NOTHING);
  });

  it("waits longer than the minute after which the apiserver reloads its certificate", () => {
    expect(servingCertificate.settleSeconds).toBeGreaterThan(60);
  });
});
