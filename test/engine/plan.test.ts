import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { countChanges, makePlan, problemsOf } from "../../src/engine/plan.js";
import { Failure } from "../../src/failure.js";
import type { Problem, Step, StepPlan } from "../../src/steps/step.js";
import { Sandbox } from "../machine/sandbox.js";

const step = (id: string, plan: StepPlan | Error, rest: Partial<Step> = {}): Step => ({
  id,
  title: `do ${id}`,
  why: "",
  rollout: "together",
  probe: () => (plan instanceof Error ? Promise.reject(plan) : Promise.resolve(null)),
  plan: () => plan as StepPlan,
  ...rest,
});
const change: Change = { kind: "images", host: "lb1", criSocket: "/run/x.sock", images: [] };
const warning: Problem = { severity: "warning", what: "mind this", fix: "do that" };

async function planned(...steps: Step[]) {
  using sandbox = new Sandbox();
  return await makePlan(steps, sandbox.fleet().look());
}

describe("makePlan", () => {
  it("keeps the steps' order, with what each found", async () => {
    const slow = step(
      "a",
      { changes: [change] },
      { probe: () => new Promise((resolve) => setTimeout(resolve, 20)) },
    );
    expect(await planned(slow, step("b", { changes: [], problems: [warning] }))).toEqual({
      steps: [
        { id: "a", title: "do a", why: "", changes: [change], problems: [] },
        { id: "b", title: "do b", why: "", changes: [], problems: [warning] },
      ],
    });
  });

  it("turns looks that fail into blockers, all of them told", async () => {
    const plan = await planned(
      step("a", new Failure("no such file", { host: "lb1", hint: "make it" })),
      step("b", { changes: [change] }),
      step("c", new Failure("no API")),
    );
    expect(problemsOf(plan, "blocker")).toEqual([
      { severity: "blocker", host: "lb1", what: "no such file", fix: "make it" },
      { severity: "blocker", what: "no API", fix: "mend this, then start again" },
    ]);
    expect(countChanges(plan)).toBe(1);
  });

  it("does not hide a defect of the program behind a blocker", async () => {
    await expect(planned(step("a", new TypeError("x is undefined")))).rejects.toThrow(TypeError);
  });

  it("asks the fleet for everything in one pass", async () => {
    using sandbox = new Sandbox();
    const seen = new Set<unknown>();
    const look = (id: string): Step =>
      step(
        id,
        { changes: [] },
        {
          probe: (fleet) => {
            seen.add(fleet);
            return Promise.resolve(null);
          },
        },
      );
    await makePlan([look("a"), look("b")], sandbox.fleet().look());
    expect(seen.size).toBe(1);
  });

  describe("a step that is planned only beside others", () => {
    const backup = step("backup", { changes: [change], problems: [warning] }, { onlyBesideOthers: true });

    it("is planned, with its problems, where another step changes something", async () => {
      const plan = await planned(backup, step("b", { changes: [change] }));
      expect(countChanges(plan)).toBe(2);
      expect(problemsOf(plan, "warning")).toEqual([warning]);
    });

    it("is silent where no other does, a second one like it included", async () => {
      const plan = await planned(backup, { ...backup, id: "other" }, step("b", { changes: [] }));
      expect(plan.steps.map(({ changes, problems }) => [changes, problems])).toEqual([
        [[], []],
        [[], []],
        [[], []],
      ]);
    });
  });
});

describe("problemsOf", () => {
  it("tells each problem once, but the same on two hosts twice", async () => {
    const blocker = (host: string): Problem => ({ severity: "blocker", host, what: "gone", fix: "mend" });
    const plan = await planned(
      step("a", { changes: [], problems: [blocker("lb1"), warning] }),
      step("b", { changes: [], problems: [blocker("lb1"), blocker("lb2")] }),
    );
    expect(problemsOf(plan, "blocker")).toEqual([blocker("lb1"), blocker("lb2")]);
    expect(problemsOf(plan, "warning")).toEqual([warning]);
  });
});
