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
  it("keeps the order of steps, with the changes and problems of each", async () => {
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

  it("turns all failed probes into blockers", async () => {
    const plan = await planned(
      step("a", new Failure("no such file", { host: "lb1", hint: "make it" })),
      step("b", { changes: [change] }),
      step("c", new Failure("no API")),
    );
    expect(problemsOf(plan, "blocker")).toEqual([
      { severity: "blocker", host: "lb1", what: "no such file", fix: "make it" },
      { severity: "blocker", what: "no API", fix: "fix this, then run the same command again" },
    ]);
    expect(countsOf(plan).changes).toBe(1);
  });

  it("does not turn a bug into a blocker", async () => {
    await expect(planned(step("a", new TypeError("x is undefined")))).rejects.toThrow(TypeError);
  });

  it("queries the fleet in one pass", async () => {
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

  describe("unchanged hosts", () => {
    const joining: Change = joinOf("master3", 3);
    const already = async (...steps: Step[]): Promise<(readonly string[])[]> =>
      (await planned(...steps)).steps.map((planned) => planned.already);

    it("are those that a step applies to and that need no change", async () => {
      const blocked: Problem = { severity: "blocker", host: "lb2", what: "gone", fix: "restart it" };
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

    it("exclude a machine that is not a master yet, except in steps that prepare it", async () => {
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

  describe("of a scope", () => {
    const both = { changes: [change, { ...change, host: "lb2" }] };
    const joins = { changes: [joinOf("master2", 2), joinOf("master3", 3)] };
    const of = async (scope: Scope, ...steps: Step[]) => {
      using sandbox = new Sandbox();
      return await makePlan(steps, sandbox.fleet().look(), scope);
    };

    it("has the steps of the scope, without a backup if there are no changes", async () => {
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
    ])("is refused when it depends on %s", async (what, before) => {
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
          fix: "omit --from: completed steps change nothing; or use --from a",
        },
      ]);
    });

    it("depends on complete steps", async () => {
      const verified = step("a", { changes: [] }, { verify: () => Promise.resolve([GOOD]) });
      const plan = await of({ from: "b", limit: [] }, verified, step("b", { changes: [change] }));
      expect(problemsOf(plan, "blocker")).toEqual([]);
    });

    it("has the changes of the selected hosts, and lists the skipped ones", async () => {
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
          what: `join is the point of no return, and --limit would skip ${behind}`,
          fix: "add them to --limit, or stop before join with --until",
        },
      ]);
    });

    it.each([[["lb1"]], [["lb1", "lb2", "master2", "master3"]]])(
      "limited to %j is allowed",
      async (limit) => {
        const plan = await of({ limit }, step("a", both), step("join", joins), step("b", both));
        expect(problemsOf(plan, "blocker")).toEqual([]);
      },
    );
  });

  describe("a step that is planned only together with others", () => {
    const backup = step("backup", { changes: [change], problems: [warning] }, { onlyBesideOthers: true });

    it("is planned, with its problems, if another step has changes", async () => {
      const plan = await planned(backup, step("b", { changes: [change] }));
      expect(countsOf(plan).changes).toBe(2);
      expect(problemsOf(plan, "warning")).toEqual([warning]);
    });

    it("is not planned otherwise, even with a second such step", async () => {
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
  it("lists each problem once per host", async () => {
    const blocker = (host: string): Problem => ({
      severity: "blocker",
      host,
      what: "gone",
      fix: "restart it",
    });
    const plan = await planned(
      step("a", { changes: [], problems: [blocker("lb1"), warning] }),
      step("b", { changes: [], problems: [blocker("lb1"), blocker("lb2")] }),
    );
    expect(problemsOf(plan, "blocker")).toEqual([blocker("lb1"), blocker("lb2")]);
    expect(problemsOf(plan, "warning")).toEqual([warning]);
  });
});

describe("pointOfNoReturn", () => {
  it("is the first join; undefined in a plan without a join", async () => {
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
  it("merges equal interruptions on several hosts, and omits those of 0 s", async () => {
    const flag = (host: string): Change => ({
      kind: "static-pod-flag",
      host,
      flag: "advertise-address",
      before: "a",
      after: "b",
    });
    const restart: Change = {
      kind: "kubelet-restart",
      host: "worker1",
      node: "worker1",
      kubeletVersion: "v1.37.2",
    };
    const plan = await planned(
      step("kubelet", { changes: [restart] }),
      step("advertise", { changes: [flag("master2"), flag("master1")] }),
    );
    expect(interruptionsOf(plan)).toEqual([
      {
        step: "advertise",
        hosts: ["master2", "master1"],
        what: "this host's apiserver, while the others serve",
        seconds: 5,
      },
    ]);
  });
});
