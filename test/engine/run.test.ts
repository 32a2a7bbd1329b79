import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { Baseline } from "../../src/engine/baseline.js";
import type { EngineEvent } from "../../src/engine/events.js";
import type { Migration } from "../../src/engine/migration.js";
import type { Plan } from "../../src/engine/plan.js";
import { run, StepFailed, type OrderedSteps, type RunOptions } from "../../src/engine/run.js";
import { Stopped } from "../../src/engine/stopped.js";
import { Failure } from "../../src/failure.js";
import { check, type Check, type Problem, type Step } from "../../src/steps/step.js";
import { labInventory } from "../steps/inventory.js";
import { joinOf } from "../changes/joining.js";
import { quietMigration } from "./quiet-migration.js";
import { origin } from "./made-from.js";
import { Sandbox } from "../machine/sandbox.js";

/** A small change that can be slow or fail: `sysctl -w KEY=VALUE`, done by a stub. */
const change = (host: string, value: string): Change => ({
  kind: "sysctl",
  host,
  key: "k",
  before: "",
  value,
});

const step = (id: string, changes: readonly Change[], rest: Partial<Step> = {}): Step => ({
  id,
  title: `do ${id}`,
  why: "",
  rollout: "together",
  settleSeconds: 1,
  probe: () => Promise.resolve(null),
  plan: () => ({ changes }),
  ...rest,
});

/** The confirmed changes of these steps. */
const planned = (steps: OrderedSteps): Plan => ({
  steps: steps.map(({ step }) => {
    const { id, title, why } = step;
    const { changes } = step.plan(null, labInventory());
    return { id, title, why, changes, problems: [], already: [] };
  }),
});

/** A step that plans no change again that it made. */
const withoutDone = (step: Step, isDone: (change: Change) => boolean): Step => ({
  ...step,
  plan(facts, inventory) {
    const plan = step.plan(facts, inventory);
    return { ...plan, changes: plan.changes.filter((change) => !isDone(change)) };
  },
});

/** The check that no step has a change left. */
const NOTHING_PENDING = check("cluster", "pending changes of all steps", "none", "none");

interface RunResult {
  events: EngineEvent[];
  error: unknown;
  report: Awaited<ReturnType<typeof run>> | undefined;
}

async function runAll(
  steps: OrderedSteps,
  options: {
    sysctl?: string;
    stopRequested?: () => boolean;
    plannedAt?: number;
    plan?: Plan;
    exactly?: boolean;
    limit?: readonly string[];
    mayBegin?: RunOptions["mayBegin"];
    confirms?: RunOptions["confirms"];
    events?: EngineEvent[];
    /** A listener throws on events of this type, as the journal does on a full disk. */
    failsOn?: readonly EngineEvent["type"][];
    migration?: Partial<Migration>;
    baseline?: Baseline;
  } = {},
): Promise<RunResult> {
  using sandbox = new Sandbox();
  sandbox.answer("sysctl", options.sysctl ?? "");
  const events = options.events ?? [];
  const isDone = (change: Change): boolean =>
    events.some((event) => event.type === "change-done" && event.change === change);
  const outcome: RunResult = { events, error: undefined, report: undefined };
  try {
    outcome.report = await run(
      steps.map(({ step, ...rest }) => ({ ...rest, step: withoutDone(step, isDone) })),
      sandbox.fleet(),
      { ...quietMigration, ...options.migration },
      {
        runId: "20260131-221530",
        origin: origin(),
        cluster: { ca: "0f", uid: "u" },
        writing: { objects: false, pod: false },
        agreed: {
          plannedAt: options.plannedAt ?? -Infinity,
          plan: options.plan ?? planned(steps),
          scope: { limit: options.limit ?? [] },
          exactly: options.exactly ?? false,
        },
        ...(options.mayBegin && { mayBegin: options.mayBegin }),
        ...(options.baseline && { baseline: options.baseline }),
        ...(options.confirms && { confirms: options.confirms }),
        journal: "/journal",
        stopRequested: options.stopRequested ?? (() => false),
        listen: (event) => {
          if (options.failsOn?.includes(event.type)) throw new Failure("cannot write", { hint: "make room" });
          events.push(event);
        },
      },
    );
  } catch (error) {
    outcome.error = error;
  }
  return outcome;
}

/** `started host value` and `done host value`, in the order of the events. */
const course = (events: readonly EngineEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type !== "change-started" && event.type !== "change-done") return [];
    const { host, value } = event.change as Extract<Change, { kind: "sysctl" }>;
    return [`${event.type === "change-started" ? "start" : "done"} ${host} ${value}`];
  });

/** The maximum number of hosts changed at once. */
function mostAtOnce(events: readonly EngineEvent[]): number {
  const busy = new Set<string>();
  let most = 0;
  for (const event of events) {
    if (event.type === "change-started") busy.add(event.change.host);
    if (event.type === "change-done") busy.delete(event.change.host);
    most = Math.max(most, busy.size);
  }
  return most;
}

const SLOW = "sleep 0.2";

/** The first N that change something wait for each other. */
const meeting = (shells: number): string =>
  `[ "$1" = -n ] && exit; cd "$SANDBOX"; mkdir -p met; : >met/$$; until [ $(ls met | wc -l) -ge ${shells} ]; do sleep 0.02; done`;

describe("run", () => {
  it("waits for a confirmation before the following steps", async () => {
    const ask = step("confirm 1", [], { hold: { kind: "confirm", question: "Continue?" } });
    const steps = [ask, step("a", [change("lb1", "1")])].map((one) => ({ step: one, atATime: 1 }));
    const refused = await runAll(steps);
    expect(refused.error).toEqual(new Stopped("not confirmed: Continue?"));
    expect(course(refused.events)).toEqual([]);
    const asked: string[] = [];
    const { report } = await runAll(steps, {
      confirms: (question) => {
        asked.push(question);
        return Promise.resolve(true);
      },
    });
    expect({ asked, changes: report?.changes }).toEqual({ asked: ["Continue?"], changes: 1 });
  });

  it("verifies permanent steps at the end, but not one-time ones", async () => {
    const good = check("lb1", "it", "1", "1");
    const verify = () => Promise.resolve([good]);
    const both = [step("a", [], { verify }), step("b", [], { verify, isMomentary: true })];
    const { report, events } = await runAll(both.map((one) => ({ step: one, atATime: 1 })));
    expect(report?.checks).toEqual([good, NOTHING_PENDING]);
    expect(events.filter(({ type }) => type === "checks")).toHaveLength(3);
  });

  it("runs the steps in order and emits events in order", async () => {
    const good = [check("lb1", "it", "1", "1")];
    const { events, report } = await runAll([
      { step: step("a", [change("lb1", "1")], { verify: () => Promise.resolve(good) }), atATime: Infinity },
      { step: step("b", []), atATime: 1 },
    ]);
    expect(events.map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type))).toEqual([
      "run-started",
      "baseline",
      "step-started a",
      "change-started a",
      "change-done a",
      "checks a",
      "step-done a",
      "step-started b",
      "checks b",
      "step-done b",
      "step-started verify",
      "checks verify",
      "step-done verify",
      "run-done",
    ]);
    expect(report).toMatchObject({
      runId: "20260131-221530",
      changes: 1,
      checks: [...good, NOTHING_PENDING],
      journal: "/journal",
    });
  });

  it("plans each step only after the previous one is done", async () => {
    const order: string[] = [];
    const noting = (id: string): Step =>
      step(id, [], {
        probe: () => Promise.resolve(order.push(`probe ${id}`)),
        verify: () => Promise.resolve((order.push(`verify ${id}`), [])),
      });
    await runAll([
      { step: noting("a"), atATime: 1 },
      { step: noting("b"), atATime: 1 },
    ]);
    expect(order.slice(0, 4)).toEqual(["probe a", "verify a", "probe b", "verify b"]);
  });

  it("changes at most N hosts at once, and each host's changes in order", async () => {
    const hosts = ["master1", "master2", "master3", "lb1", "lb2"];
    const changes = hosts.flatMap((host) => [change(host, "1"), change(host, "2")]);
    for (const [atATime, most] of [
      [1, 1],
      [2, 2],
      [Infinity, 5],
    ] as const) {
      const { events } = await runAll([{ step: step("a", changes), atATime }], { sysctl: meeting(most) });
      expect(mostAtOnce(events)).toBe(most);
      for (const host of hosts) {
        expect(course(events).filter((line) => line.includes(` ${host} `))).toEqual([
          `start ${host} 1`,
          `done ${host} 1`,
          `start ${host} 2`,
          `done ${host} 2`,
        ]);
      }
    }
  });

  it("changes hosts one at a time in the plan's order", async () => {
    const { events } = await runAll(
      [{ step: step("a", [change("lb2", "1"), change("lb1", "1"), change("lb2", "2")]), atATime: 1 }],
      { sysctl: SLOW },
    );
    expect(course(events).filter((line) => line.startsWith("start"))).toEqual([
      "start lb2 1",
      "start lb2 2",
      "start lb1 1",
    ]);
  });

  it("stops at a blocker, and continues after a warning", async () => {
    const problem = (severity: Problem["severity"]): Problem => ({
      severity,
      host: "lb1",
      what: "w",
      fix: "f",
    });
    const blocked = step("a", [], {
      plan: () => ({ changes: [change("lb1", "1")], problems: [problem("blocker")] }),
    });
    const { error, events } = await runAll([{ step: blocked, atATime: 1 }]);
    expect(error).toBeInstanceOf(StepFailed);
    expect(error).toMatchObject({ step: "a", host: "lb1", message: "w", hint: "f" });
    expect(course(events)).toEqual([]);
    const warned = step("a", [], { plan: () => ({ changes: [], problems: [problem("warning")] }) });
    expect((await runAll([{ step: warned, atATime: 1 }])).error).toBeUndefined();
  });

  it("does not repeat a gate that has just passed", async () => {
    const gate = step("gate", [], {
      isGate: true,
      plan: () => ({ changes: [], problems: [{ severity: "blocker", what: "w", fix: "f" }] }),
    });
    expect(
      (await runAll([{ step: gate, atATime: 1 }], { plannedAt: performance.now() })).error,
    ).toBeUndefined();
    expect((await runAll([{ step: gate, atATime: 1 }])).error).toBeInstanceOf(StepFailed);
  });

  it("skips a step that was planned only together with others", async () => {
    const backup = step("backup", [change("lb1", "1")], { onlyBesideOthers: true });
    const plan: Plan = {
      steps: [{ id: "backup", title: "", why: "", changes: [], problems: [], already: [] }],
    };
    expect(course((await runAll([{ step: backup, atATime: 1 }], { plan })).events)).toEqual([]);
    expect((await runAll([{ step: backup, atATime: 1 }])).report?.changes).toBe(1);
  });

  it("stops, to be resumed, after a partial plan", async () => {
    const [first, later] = [step("a", [change("lb1", "1")]), step("b", [change("lb1", "2")])];
    const both = [first, later].map((one) => ({ step: one, atATime: 1 }));
    const { error, events } = await runAll(both, { plan: planned(both.slice(0, 1)) });
    expect(error).toBeInstanceOf(Stopped);
    expect(events.flatMap((e) => (e.type === "change-done" ? [e.step] : []))).toEqual(["a"]);
    expect(events.map(({ type }) => type)).not.toContain("run-done");
  });

  describe("a step with more changes than confirmed", () => {
    const plan: Plan = {
      steps: [{ id: "a", title: "", why: "", changes: [change("lb1", "1")], problems: [], already: ["lb2"] }],
    };
    const more = step("a", [change("lb1", "1"), change("lb2", "1")]);

    it("stops the run before it starts, if only the plan was confirmed", async () => {
      const { error, events } = await runAll([{ step: more, atATime: 1 }], { plan, exactly: true });
      expect(error).toMatchObject({
        step: "a",
        host: "lb2",
        message: "lb2: set k = 1: not in the plan, found when the step started",
      });
      expect(course(events)).toEqual([]);
    });

    it("reports them and continues, if all changes were confirmed", async () => {
      const { report, events } = await runAll([{ step: more, atATime: 1 }], { plan });
      expect(report?.changes).toBe(2);
      expect(events).toContainEqual({
        type: "note",
        step: "a",
        text: "lb2: set k = 1: not in the plan, found when the step started",
      });
    });

    it("may have fewer changes", async () => {
      const less = step("a", []);
      expect((await runAll([{ step: less, atATime: 1 }], { plan, exactly: true })).error).toBeUndefined();
    });
  });

  describe("a run that is limited to some hosts", () => {
    const both = [change("lb1", "1"), change("lb2", "1")];

    it("changes and verifies only those, and reports the skipped ones", async () => {
      const checks = [
        check("lb1", "it", "1", "1"),
        check("lb2", "it", "1", "0"),
        check("lb1,lb2", "sum", "2", "1"),
      ];
      const limited = step("a", both, { verify: () => Promise.resolve(checks) });
      const { report, events } = await runAll([{ step: limited, atATime: 2 }], { limit: ["lb1"] });
      expect(course(events)).toEqual(["start lb1 1", "done lb1 1"]);
      const pending = check("lb2", "pending change of step a", "none", "set k = 1");
      expect(report).toMatchObject({ changes: 1, skippedHosts: ["lb2"], checks: [...checks, pending] });
    });

    it("fails on a failed check of a host that was not skipped", async () => {
      const limited = step("a", both, { verify: () => Promise.resolve([check("master1", "it", "1", "0")]) });
      const { error } = await runAll([{ step: limited, atATime: 2 }], { limit: ["lb1"] });
      expect(error).toMatchObject({ step: "a", host: "master1" });
    });

    it("does not pass the point of no return with skipped hosts", async () => {
      const steps = [
        { step: step("a", both), atATime: 1 },
        { step: step("join", [joinOf("master2", 2)]), atATime: 1 },
      ];
      const { error, events } = await runAll(steps, { limit: ["lb1", "master2"] });
      expect(error).toMatchObject({
        step: "join",
        host: "master2",
        message: "join is the point of no return, and --limit would skip lb2",
      });
      expect(events.filter(({ type }) => type === "change-started")).toHaveLength(1);
    });
  });

  describe("a run that prompts before each step", () => {
    const steps = [
      { step: step("a", [change("lb1", "1")]), atATime: 1 },
      { step: step("look", []), atATime: 1 },
      { step: step("b", [change("lb2", "1")]), atATime: 1 },
    ];

    it("prompts before steps with changes, and stops at the first no", async () => {
      const asked: string[] = [];
      const { error, events } = await runAll(steps, {
        mayBegin: ({ id }, changes) => {
          asked.push(`${id} ${changes.length}`);
          return Promise.resolve(id === "a");
        },
      });
      expect(asked).toEqual(["a 1", "b 1"]);
      expect(error).toBeInstanceOf(Stopped);
      expect(error).toMatchObject({ message: "stopped as requested, before the step b" });
      expect(course(events)).toEqual(["start lb1 1", "done lb1 1"]);
    });
  });

  describe("a change that fails", () => {
    /** The stub fails for `k=bad`, and is slow for `k=slow`. */
    const sysctl = 'case "$*" in *bad*) echo "no such key" >&2; exit 1 ;; *slow*) sleep 0.2 ;; esac';

    it("ends the run with step, change and host", async () => {
      const bad = change("lb2", "bad");
      const { error, events } = await runAll(
        [
          { step: step("a", [change("lb1", "1"), bad, change("lb2", "after")]), atATime: 1 },
          { step: step("b", [change("lb1", "2")]), atATime: 1 },
        ],
        { sysctl },
      );
      expect(error).toBeInstanceOf(StepFailed);
      expect(error).toMatchObject({ step: "a", change: bad, host: "lb2" });
      expect((error as Error).message).toContain("no such key");
      expect(course(events)).toEqual(["start lb1 1", "done lb1 1", "start lb2 bad"]);
      expect(events.at(-1)).toMatchObject({ type: "step-failed", step: "a", error });
    });

    it("lets hosts in progress finish, and starts no other", async () => {
      const changes = [
        change("lb1", "bad"),
        change("lb2", "slow"),
        change("lb2", "too"),
        change("worker1", "1"),
      ];
      const { error, events } = await runAll([{ step: step("a", changes), atATime: 2 }], { sysctl });
      expect(error).toBeInstanceOf(StepFailed);
      // Either host may start first: each is queried before its change.
      expect(course(events).slice(0, 2).toSorted()).toEqual(["start lb1 bad", "start lb2 slow"]);
      expect(course(events).slice(2)).toEqual(["done lb2 slow", "start lb2 too", "done lb2 too"]);
    });

    it("is reported correctly if another host started after it", async () => {
      const failing = change("lb1", "bad");
      const { error } = await runAll([{ step: step("a", [failing, change("lb2", "slow")]), atATime: 2 }], {
        sysctl: `case "$*" in *bad*) sleep 0.1; exit 1 ;; esac; sleep 0.2`,
      });
      expect(error).toMatchObject({ change: failing, host: "lb1" });
    });
  });

  describe("a failure outside of a step", () => {
    it("ends the run with the resume command as well", async () => {
      const lost = new Failure("no connection to worker1");
      const migration: Partial<Migration> = { probeAvailability: () => Promise.reject(lost) };
      const { error } = await runAll([{ step: step("a", []), atATime: 1 }], { migration });
      expect(error).toBeInstanceOf(StepFailed);
      expect(error).toMatchObject({ step: undefined, message: lost.message });
    });

    it.each(["run-started", "step-started", "run-done"] as const)(
      "does so if the journal cannot record %s",
      async (type) => {
        const { error } = await runAll([{ step: step("a", []), atATime: 1 }], { failsOn: [type] });
        expect(error).toBeInstanceOf(StepFailed);
        expect(error).toMatchObject({ message: "cannot write", hint: "make room" });
      },
    );

    it("makes no change that the journal cannot record, and reports why", async () => {
      const { error, events } = await runAll(
        [{ step: step("a", [change("lb1", "1"), change("lb2", "1")]), atATime: 1 }],
        { failsOn: ["change-started", "step-failed"], sysctl: 'case "$*" in *-w*) exit 1 ;; esac' },
      );
      expect(error).toMatchObject({ step: "a", host: "lb1", message: "cannot write" });
      expect(course(events)).toEqual([]);
    });

    it("stops before the next change if the journal cannot record a completed one", async () => {
      const { error, events } = await runAll(
        [{ step: step("a", [change("lb1", "1"), change("lb1", "2")]), atATime: 1 }],
        { failsOn: ["change-done"] },
      );
      expect(error).toMatchObject({ step: "a", message: "cannot write" });
      expect(course(events)).toEqual(["start lb1 1"]);
    });
  });

  describe("a stop request", () => {
    it("takes effect between two changes; the current one is finished", async () => {
      const events: EngineEvent[] = [];
      const { error } = await runAll(
        [{ step: step("a", [change("lb1", "1"), change("lb1", "2")]), atATime: 1 }],
        {
          events,
          stopRequested: () => events.some(({ type }) => type === "change-started"),
        },
      );
      expect(error).toBeInstanceOf(Stopped);
      expect(error).not.toBeInstanceOf(StepFailed);
      expect(course(events)).toEqual(["start lb1 1", "done lb1 1"]);
    });

    it("takes effect while a step waits for its verification, which runs at least once", async () => {
      let asked = 0;
      const slow = step("a", [], {
        settleSeconds: 60,
        verify: () => Promise.resolve([check("lb1", "it", "yes", asked++ > 0 ? "not yet" : "no")]),
      });
      const { error } = await runAll([{ step: slow, atATime: 1 }], { stopRequested: () => asked > 0 });
      expect(error).toBeInstanceOf(Stopped);
      expect(asked).toBe(1);
    });

    it("takes effect between two steps", async () => {
      const events: EngineEvent[] = [];
      const { error } = await runAll(
        [
          { step: step("a", []), atATime: 1 },
          { step: step("b", [change("lb1", "1")]), atATime: 1 },
        ],
        { events, stopRequested: () => events.some(({ type }) => type === "step-done") },
      );
      expect(error).toBeInstanceOf(Stopped);
      expect(course(events)).toEqual([]);
    });
  });

  describe("the verification of a step", () => {
    const verifying = (answers: (Check | Error)[][]): Step => {
      let asked = 0;
      return step("a", [], {
        verify: () => {
          const checks = answers[Math.min(asked++, answers.length - 1)] ?? [];
          const error = checks.find((entry) => entry instanceof Error);
          return error instanceof Error ? Promise.reject(error) : Promise.resolve(checks as Check[]);
        },
      });
    };
    const good = check("lb1", "haproxy", "active", "active");
    const bad = check("lb2", "haproxy", "active", "failed");

    it("is repeated until it passes, also after errors", async () => {
      const answers = [[new Failure("not yet")], [good, bad], [good]];
      const { report, events } = await runAll([{ step: verifying(answers), atATime: 1 }]);
      expect(report?.checks).toEqual([good, NOTHING_PENDING]);
      expect(events.filter(({ type }) => type === "checks")).toMatchObject([
        { checks: [good] },
        { checks: [good, NOTHING_PENDING] },
      ]);
    });

    it("ends immediately on a bug", async () => {
      const { error } = await runAll([
        { step: verifying([[bad], [new TypeError("x is undefined")]]), atATime: 1 },
      ]);
      expect(error).toMatchObject({ message: "x is undefined", cause: expect.any(TypeError) as unknown });
    });

    it("reports the failed checks", async () => {
      const { error } = await runAll([{ step: verifying([[good, bad]]), atATime: 1 }]);
      expect(error).toBeInstanceOf(StepFailed);
      expect(error).toMatchObject({
        step: "a",
        host: "lb2",
        message: "not verified within 1 s without progress:\nlb2: haproxy: expected active, found failed",
      });
    });

    it("reports the error if no check ever ran", async () => {
      const { error } = await runAll([
        { step: verifying([[new Failure("no API", { host: "master1" })]]), atATime: 1 },
      ]);
      expect((error as Error).message).toContain("no API");
    });

    it("runs again at the end, if a later step has undone it", async () => {
      let undone = false;
      const first = step("a", [], {
        verify: () => Promise.resolve([check("lb1", "it", "yes", undone ? "no" : "yes")]),
      });
      const later = step("b", [], {
        verify: () => {
          undone = true;
          return Promise.resolve([]);
        },
      });
      using sandbox = new Sandbox();
      sandbox.answer("curl", "exit 7");
      const steps = [first, later].map((step) => ({ step, atATime: 1 }));
      const ending = run(steps, sandbox.fleet(), quietMigration, {
        runId: "r",
        origin: origin(),
        cluster: { ca: "0f", uid: "u" },
        agreed: { plannedAt: 0, plan: planned(steps), scope: { limit: [] }, exactly: false },
        journal: "",
        stopRequested: () => false,
        writing: { objects: false, pod: false },
        listen: (event) => {
          // The final verification may take two minutes; one failed check is enough here.
          if (event.type === "step-started" && event.step === "verify")
            setTimeout(() => (undone = false), 100);
        },
      });
      const { checks } = await ending;
      expect(checks).toEqual([check("lb1", "it", "yes", "yes"), NOTHING_PENDING]);
    });
  });

  describe("the checks of the cluster", () => {
    const bad = check("master1", "kube-scheduler", "runs its manifest", "not running");
    const good = check("master1", "etcd alarms", "none", "none");
    const before: Baseline = { revision: 7, objects: {}, readyPods: {}, readyReplicas: {} };
    const steps = [{ step: step("one", []), atATime: 1 }];

    it("are part of the final verification", async () => {
      const { report } = await runAll(steps, { migration: { healthChecks: () => Promise.resolve([good]) } });
      expect(report?.checks).toEqual([good, NOTHING_PENDING]);
    });

    it("compare it with what it had before the run, or before the run that is resumed", async () => {
      const seen: unknown[] = [];
      const migration: Partial<Migration> = {
        baseline: () => Promise.resolve(before),
        healthChecks: (_, baseline) => {
          seen.push(baseline?.revision);
          return Promise.resolve([good]);
        },
      };
      const { events } = await runAll(steps, { migration });
      await runAll(steps, { migration, baseline: { ...before, revision: 3 } });
      expect(seen).toEqual([7, 3]);
      expect(events).toContainEqual({ type: "baseline", baseline: before });
    });

    it("write only after all others have passed, and fail the run as well", async () => {
      const order: string[] = [];
      const migration: Partial<Migration> = {
        healthChecks: () => {
          order.push("read");
          return Promise.resolve([order.length < 3 ? bad : good]);
        },
        writingChecks: () => {
          order.push("write");
          return Promise.resolve([bad]);
        },
      };
      const { error } = await runAll(steps, { migration });
      expect(order).toEqual(["read", "read", "read", "write"]);
      expect(String(error)).toContain("found not running");
    });
  });
});
