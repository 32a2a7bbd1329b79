import { expect, it } from "vitest";
import { leaseState } from "../../../src/steps/health/leaders.js";

it("a leader must renew its lease", () => {
  const now = Date.parse("2026-11-30T10:00:40Z") / 1000;
  const lease = (renewTime: string, holderIdentity = "master1_x") => ({
    spec: { renewTime, holderIdentity },
  });
  expect(leaseState(lease("2026-11-30T10:00:38.123456Z"), now)).toBe("renews its lease");
  // Clocks differ by less than the lease lasts.
  expect(leaseState(lease("2026-11-30T10:00:42Z"), now)).toBe("renews its lease");
  expect(leaseState(lease("2026-11-30T09:59:40Z"), now)).toBe("master1_x has not renewed it for 30 s");
  expect(leaseState(lease("2026-11-30T10:00:38Z", ""), now)).toBe("none");
  expect(leaseState({}, now)).toBe("none");
  expect(leaseState(undefined, now)).toBe("none");
});
