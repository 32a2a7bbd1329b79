import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { makePlan } from "../../src/engine/plan.js";
import { countsOf, interruptionsOf, pointOfNoReturn, problemsOf } from "../../src/engine/plan-summary.js";
import { Failure } from "../../src/failure.js";
import type { Scope } from "../../src/engine/scope.js";
import type { Check, Problem, Step, StepPlan } from "../../src/steps/step.js";
import { joinOf } from "../changes/joining.js";
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
const GOOD: Check = { host: "lb1", what: "haproxy", expected: "active", actual: "active", ok: true };
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
        { id: "a", title: "do a", why: "", changes: [change], problems: [], already: [] },
        { id: "b", title: "do b", why: "", changes: [], problems: [warning], already: [] },
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
      { severity: "blocker", what: "no API", fix: "fix this, then start again" },
    ]);
    expect(countsOf(plan).changes).toBe(1);
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

  describe("what is unchanged", () => {
    const joining: Change = joinOf("master3", 3);
    const already = async (...steps: Step[]): Promise<(readonly string[])[]> =>
      (await planned(...steps)).steps.map((planned) => planned.already);

    it("is told of the hosts that a step is about and that need nothing", async () => {
      const blocked: Problem = { severity: "blocker", host: "lb2", what: "gone", fix: "mend" };
      expect(
        await already(
          step("a", { changes: [change] }, { on: "load-balancers" }),
          step(
            "b",
            { changes: [], problems: [blocked, { ...warning, host: "lb1" }] },
            { on: "load-balancers" },
          ),
          step("c", { changes: [] }, { on: "first-master" }),
          step("d", { changes: [] }),
          step("e", { changes: [], problems: [{ ...warning, severity: "blocker" }] }, { on: "all" }),
          step("f", { changes: [change] }, { on: "all" }),
        ),
      ).toEqual([["lb2"], ["lb1"], ["master1"], [], [], ["master1", "master2", "master3", "lb2", "worker1"]]);
    });

    it("is not told of a machine that is no master yet, but for what prepares it", async () => {
      expect(
        await already(
          step("a", { changes: [] }, { on: "masters" }),
          step("b", { changes: [] }, { on: "nodes" }),
          step("images", { changes: [] }, { on: "new-masters" }),
          step("join", { changes: [joining] }, { on: "masters" }),
        ),
      ).toEqual([
        ["master1", "master2"],
        ["master1", "master2", "worker1"],
        ["master2", "master3"],
        ["master1", "master2"],
      ]);
    });
  });

  describe("of a part", () => {
    const both = { changes: [change, { ...change, host: "lb2" }] };
    const joins = { changes: [joinOf("master2", 2), joinOf("master3", 3)] };
    const of = async (scope: Scope, ...steps: Step[]) => {
      using sandbox = new Sandbox();
      return await makePlan(steps, sandbox.fleet().look(), scope);
    };

    it("has the steps of that part; a backup beside none of them is left out", async () => {
      const backup = step("backup", { changes: [change] }, { onlyBesideOthers: true });
      const plan = await of(
        { from: "b", until: "b", limit: [] },
        ...[backup, step("a", { changes: [] }), step("b", { changes: [] }), step("c", { changes: [change] })],
      );
      expect(plan.steps.map(({ id, changes }) => `${id} ${changes.length}`)).toEqual(["backup 0", "b 0"]);
    });

    it.each<[string, Step]>([
      ["a, which is not complete: 2 pending changes on lb1, lb2", step("a", both)],
      ["a, which is not complete: it is gone", step("a", new Failure("it is gone"))],
      [
        "a, which is not complete: lb1: haproxy: expected active, found failed",
        step(
          "a",
          { changes: [] },
          {
            verify: () =>
              Promise.resolve([
                { ...GOOD, ok: true },
                { ...GOOD, actual: "failed", ok: false },
              ]),
          },
        ),
      ],
      [
        "a, which is not complete: lb2: do a: expected an answer, found no API",
        step("a", { changes: [] }, { verify: () => Promise.reject(new Failure("no API", { host: "lb2" })) }),
      ],
    ])("is refused when it relies on %s", async (what, before) => {
      const plan = await of(
        { from: "c", limit: [] },
        before,
        step("b", both),
        step("c", { changes: [change] }),
      );
      expect(problemsOf(plan, "blocker")).toEqual([
        {
          severity: "blocker",
          what: `--from requires step ${what}`,
          fix: "leave --from out: completed steps change nothing; or use --from a",
        },
      ]);
    });

    it("relies on steps that are true", async () => {
      const proved = step("a", { changes: [] }, { verify: () => Promise.resolve([GOOD]) });
      const plan = await of({ from: "b", limit: [] }, proved, step("b", { changes: [change] }));
      expect(problemsOf(plan, "blocker")).toEqual([]);
    });

    it("has the changes of the hosts that are named, and says which are left out", async () => {
      const plan = await of({ limit: ["lb2"] }, step("a", both, { on: "load-balancers" }));
      expect(plan.steps).toMatchObject([
        { changes: [{ host: "lb2" }], leftOut: ["lb1"], already: [], problems: [] },
      ]);
    });

    it.each([
      [["master2"], "lb1, lb2, master3"],
      [["master2", "master3", "lb1"], "lb2"],
      [["lb1", "lb2", "master3"], "master2"],
    ])("limited to %j does not pass the point of no return", async (limit, behind) => {
      const plan = await of({ limit }, step("a", both), step("join", joins));
      expect(problemsOf(plan, "blocker")).toMatchObject([
        {
          what: `join is the point of no return, and --limit would leave ${behind} behind`,
          fix: "name them in --limit too, or end before join with --until",
        },
      ]);
    });

    it.each([[["lb1"]], [["lb1", "lb2", "master2", "master3"]]])(
      "limited to %j may be made",
      async (limit) => {
        const plan = await of({ limit }, step("a", both), step("join", joins), step("b", both));
        expect(problemsOf(plan, "blocker")).toEqual([]);
      },
    );
  });

  describe("a step that is planned only beside others", () => {
    const backup = step("backup", { changes: [change], problems: [warning] }, { onlyBesideOthers: true });

    it("is planned, with its problems, where another step changes something", async () => {
      const plan = await planned(backup, step("b", { changes: [change] }));
      expect(countsOf(plan).changes).toBe(2);
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

describe("pointOfNoReturn", () => {
  it("is the first join, and nowhere in a plan without one", async () => {
    const [master2, master3] = [joinOf("master2", 2), joinOf("master3", 3)];
    const plan = await planned(
      step("a", { changes: [change] }),
      step("join", { changes: [master2, master3] }),
    );
    expect(pointOfNoReturn(plan)).toEqual({ step: "join", change: master2 });
    expect(pointOfNoReturn(await planned(step("a", { changes: [change] })))).toBeUndefined();
  });
});

describe("interruptionsOf", () => {
  it("tells once what a step does alike on several hosts, and nothing of what takes no time", async () => {
    const flag = (host: string): Change => ({
      kind: "static-pod-flag",
      host,
      flag: "advertise-address",
      before: "a",
      after: "b",
    });
    const restart: Change = { kind: "kubelet-restart", host: "worker1", node: "worker1" };
    const plan = await planned(
      step("kubelet", { changes: [restart] }),
      step("advertise", { changes: [flag("master2"), flag("master1")] }),
    );
    expect(interruptionsOf(plan)).toEqual([
      {
        step: "advertise",
        hosts: ["master2", "master1"],
        what: "its apiserver, while the others serve",
        seconds: 5,
      },
    ]);
  });
});
