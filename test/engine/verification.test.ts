import { describe, expect, it } from "vitest";
import { verifyStep } from "../../src/engine/verification.js";
import type { Fleet } from "../../src/machine/fleet.js";
import { check, type Check, type Step } from "../../src/steps/step.js";
import { TransportError } from "../../src/transport/errors.js";

const fleet = { look: () => ({}), signal: undefined } as unknown as Fleet;

function step(rounds: readonly (() => Check[])[]): Step {
  let asked = 0;
  return {
    id: "a",
    title: "A",
    why: "",
    rollout: "together",
    settleSeconds: 2,
    probe: () => Promise.resolve(null),
    plan: () => ({ changes: [] }),
    verify: () => Promise.resolve().then(() => (rounds[asked++] ?? rounds.at(-1))?.() ?? []),
  };
}

describe("verifyStep", () => {
  it("reports failed checks after the timeout", async () => {
    const bad = step([() => [check("lb1", "haproxy", "active", "not active")]]);
    await expect(verifyStep(bad, fleet, () => false)).rejects.toThrow(
      "not verified within 2 s without progress:\nlb1: haproxy: expected active, found not active",
    );
  });

  it("reports a lost connection instead of earlier failed checks", async () => {
    const lost = new TransportError("lost", "the connection to lb1 was lost", { host: "lb1" });
    const dying = step([
      () => [check("lb1", "haproxy", "active", "not active")],
      () => {
        throw lost;
      },
    ]);
    await expect(verifyStep(dying, fleet, () => false)).rejects.toBe(lost);
  });
});
