import { describe, expect, it } from "vitest";
import { finalVerification, verifyStep } from "../../src/engine/verification.js";
import { Failure } from "../../src/failure.js";
import type { Fleet } from "../../src/machine/fleet.js";
import { check, type Check, type Step } from "../../src/steps/step.js";
import { TransportError } from "../../src/transport/errors.js";

const fleet = { look: () => ({ lost: new Set() }), signal: undefined } as unknown as Fleet;

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

describe("finalVerification", () => {
  const changes = [{ kind: "sysctl" as const, host: "lb1", key: "k", before: "0", value: "1" }];
  const look = fleet.look();
  const verified = (...steps: readonly Partial<Step>[]) =>
    finalVerification(
      steps.map((one) => ({ ...step([]), ...one })),
      () => Promise.resolve([]),
    ).verify?.(look);

  it("fails for each change that a step would make", async () => {
    expect(await verified({ id: "b", plan: () => ({ changes }) })).toEqual([
      check("lb1", "pending change of step b", "none", "set k = 1"),
    ]);
    expect(await verified({})).toEqual([check("cluster", "pending changes of all steps", "none", "none")]);
  });

  it("fails if a step cannot be planned", async () => {
    const probe = () => Promise.reject(new Failure("no answer", { host: "lb1" }));
    expect(await verified({ probe })).toEqual([check("lb1", "A", "can be checked", "no answer")]);
  });

  it.each([
    { isMomentary: true },
    { isGate: true },
    { onlyBesideOthers: true },
    { hold: { kind: "confirm", question: "?" } as const },
  ])("ignores the changes of a step with %o", async (one) => {
    expect(await verified({ ...one, plan: () => ({ changes }) })).toMatchObject([{ ok: true }]);
  });
});

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
