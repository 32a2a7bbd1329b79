import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveValue } from "../../src/config-files/flag-values.js";

describe("the effective value of a flag", () => {
  it.each<[string, string[] | undefined, string | undefined]>([
    ["v", undefined, undefined],
    ["v", ["2", "4"], "4"],
    ["profiling", ["False"], "false"],
    ["feature-gates", ["B=true,A=false", "A=True"], "A=true,B=true"],
    ["runtime-config", ["api/all", "v1=false"], "api/all=true,v1=false"],
    ["enable-admission-plugins", ["B, A", "A"], "A,B"],
    ["authorization-mode", ["RBAC", "Node"], "RBAC,Node"],
    ["service-account-issuer", ["https://b", "https://a"], "https://b,https://a"],
    ["cipher-suites", ["A", "C,B"], "B,C"],
  ])("of --%s %j is %j", (name, values, expected) => {
    expect(effectiveValue(name, values)).toBe(expected);
  });

  it("does not depend on the order of a set, or on how it is split into flags", () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[A-Z][a-z]{0,5}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.nat(), (all, at) => {
        const cut = at % all.length;
        const split = [all.slice(cut), all.slice(0, cut)].map((part) => part.join(","));
        for (const name of ["enable-admission-plugins", "feature-gates"])
          expect(effectiveValue(name, split)).toBe(effectiveValue(name, [all.join(",")]));
      }),
    );
  });
});
