import { describe, expect, it, vi } from "vitest";
import { Unreachable } from "../../src/engine/connect.js";
import type { Plan } from "../../src/engine/plan.js";
import { planOnceSettled } from "../../src/engine/settled.js";
import { Failure } from "../../src/failure.js";

const planWith = (...blockers: string[]): Plan => ({
  steps: [
    {
      id: "preflight",
      title: "look",
      why: "",
      changes: [],
      already: [],
      problems: blockers.map((what) => ({ severity: "blocker", host: "master1", what, fix: "fix it" })),
    },
  ],
});

/** Plans returned one after the other, the last one repeatedly; an error is thrown. */
async function settled(seconds: number, ...outcomes: readonly (Plan | Error)[]) {
  const notes: string[] = [];
  let asked = 0;
  const next = (): Promise<Plan> => {
    const outcome = outcomes[Math.min(asked++, outcomes.length - 1)] ?? planWith();
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const plan = await planOnceSettled(next, seconds, undefined, (text) => notes.push(text));
  return { plan, notes, asked };
}

describe("planOnceSettled", () => {
  it("returns a plan without blockers immediately", async () => {
    expect(await settled(60, planWith())).toEqual({ plan: planWith(), notes: [], asked: 1 });
  });

  it("retries while something is not ready yet, and reports each obstacle once", async () => {
    const restarting = planWith("node worker1 is not Ready");
    const unavailable = new Failure("the apiserver is not ready: 500\netcd there says: nothing", {
      host: "master1",
    });
    expect(await settled(60, unavailable, restarting, restarting, planWith())).toEqual({
      plan: planWith(),
      notes: [
        "master1: the apiserver is not ready: 500: retrying for 60 s, because the previous run may have restarted it",
        "master1: node worker1 is not Ready: retrying for 60 s, because the previous run may have restarted it",
      ],
      asked: 4,
    });
  });

  it("returns the remaining blockers after the timeout", async () => {
    const { plan } = await settled(0.1, planWith("node worker1 is not Ready"));
    expect(plan).toEqual(planWith("node worker1 is not Ready"));
    const unavailable = new Failure("the apiserver is not ready", { host: "master1", hint: "see docs" });
    await expect(settled(0.1, unavailable)).rejects.toBe(unavailable);
  });

  it("starts the time again as long as other obstacles appear", async () => {
    let clock = 0;
    const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 20_000));
    const nodes = ["worker1", "worker2", "worker3", "worker4"].map((name) =>
      planWith(`${name} is not Ready`),
    );
    const { plan, asked } = await settled(60, ...nodes, planWith());
    now.mockRestore();
    expect([plan, asked]).toEqual([planWith(), 5]);
  });

  it("does not wait without a time limit, or for unreachable hosts", async () => {
    expect(await settled(0, planWith("no"))).toEqual({ plan: planWith("no"), notes: [], asked: 1 });
    const refused = new Unreachable([new Failure("admin cannot become root")]);
    await expect(settled(60, refused)).rejects.toBe(refused);
  });
});
