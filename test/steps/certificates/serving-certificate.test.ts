import { describe, expect, it } from "vitest";
import { servingCertificate } from "../../../src/steps/certificates/serving-certificate.js";
import { NOTHING, planOf } from "../recorded.js";

describe("serving-certificate", () => {
  it("only waits and looks: it never changes anything", () => {
    expect(planOf(servingCertificate, "fresh")).toEqual(NOTHING);
    expect(planOf(servingCertificate, "endpoint")).toEqual(NOTHING);
  });

  it("waits longer than the apiserver's minute between two looks at its certificate", () => {
    expect(servingCertificate.settleSeconds).toBeGreaterThan(60);
  });
});
