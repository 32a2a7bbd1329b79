import fc from "fast-check";
import { expect, it } from "vitest";
import { mayReset, type ResetFacts } from "../../src/cluster/reset-rule.js";

const anything: fc.Arbitrary<ResetFacts> = fc.record({
  isUntouched: fc.boolean(),
  isOther: fc.boolean(),
  isOurs: fc.boolean(),
  isVoter: fc.boolean(),
  isServing: fc.boolean(),
  isInService: fc.boolean(),
});

it("nothing that serves, and no machine of another cluster, may be reset", () => {
  fc.assert(
    fc.property(anything, (found) => {
      const keeps =
        found.isVoter ||
        found.isServing ||
        found.isInService ||
        found.isOther ||
        !found.isOurs ||
        found.isUntouched;
      expect(mayReset(found)).toBe(!keeps);
    }),
  );
});
