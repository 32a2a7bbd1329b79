import { describe, expect, it } from "vitest";
import { allowing } from "../../src/steps/allowed.js";
import type { Problem, Step } from "../../src/steps/step.js";
import { labInventory } from "./inventory.js";

const untried: Problem = {
  severity: "blocker",
  what: "the cluster is v1.99.0",
  fix: "take a newer k8s-ha",
  allowedBy: "--allow-untried-version",
};
const other: Problem = { severity: "blocker", what: "swap is on", fix: "swapoff -a" };
const step: Step = {
  id: "look",
  title: "Look",
  why: "Because.",
  rollout: "together",
  isGate: true,
  probe: () => Promise.resolve({}),
  plan: () => ({ changes: [], problems: [untried, other] }),
};

describe("allowing", () => {
  it("turns an allowed blocker into a warning, and keeps all others", () => {
    const allowed = allowing(step, ["--allow-untried-version"]);
    expect(allowed.plan({}, labInventory()).problems).toEqual([{ ...untried, severity: "warning" }, other]);
    expect(allowed).toMatchObject({ id: "look", isGate: true });
  });

  it("changes nothing if nothing is allowed", () => {
    expect(allowing(step, []).plan({}, labInventory()).problems).toEqual([untried, other]);
  });
});
