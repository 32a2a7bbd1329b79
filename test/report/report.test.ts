import { afterEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { EngineEvent } from "../../src/engine/events.js";
import type { Plan } from "../../src/engine/plan.js";
import type { RunReport } from "../../src/engine/report.js";
import { Failure } from "../../src/failure.js";
import { ndjson } from "../../src/report/ndjson.js";
import type { PlanData } from "../../src/report/plan-data.js";
import { planText } from "../../src/report/plan-text.js";
import { checksText, runText } from "../../src/report/run-text.js";
import { Secret } from "../../src/shell/secret.js";
import { joinOf } from "../changes/joining.js";
import { origin } from "../engine/made-from.js";
import { check } from "../../src/steps/step.js";

const flag: Change = {
  kind: "static-pod-flag",
  host: "master1",
  flag: "advertise-address",
  before: "10.88.0.11",
  after: "10.88.0.100",
};
const service: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };
const plan: Plan = {
  steps: [
    {
      id: "haproxy",
      title: "Configure haproxy",
      why: "It balances.",
      changes: [service],
      problems: [],
      already: ["lb2"],
    },
    {
      id: "firewall",
      title: "Open the firewall",
      why: "",
      changes: [],
      problems: [],
      already: ["lb1", "lb2"],
    },
    { id: "images", title: "Have images", why: "", changes: [], problems: [], already: ["master2"] },
    { id: "serving-certificate", title: "See it", why: "", changes: [], problems: [], already: [] },
    {
      id: "join",
      title: "Join the new masters",
      why: "One by one.",
      changes: [joinOf("master2", 2), joinOf("master3", 3)],
      problems: [],
      already: ["master1"],
    },
    {
      id: "advertise",
      title: "Announce the endpoint",
      why: "Pods ask it.",
      changes: [flag, { ...service, host: "lb2" }],
      problems: [
        { severity: "blocker", host: "lb2", what: "no systemd", fix: "use another host" },
        { severity: "warning", what: "no copy", fix: "set backup.operatorCopy" },
      ],
      already: [],
    },
  ],
};

/** Without a terminal, and without color settings of a test's environment. */
const plain = (): void => {
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("NO_COLOR", undefined);
  vi.stubEnv("CI", undefined);
  Object.defineProperty(process.stdout, "isTTY", { value: false, configurable: true });
};
const terminal = Object.getOwnPropertyDescriptor(process.stdout, "isTTY");
afterEach(() => {
  if (terminal) Object.defineProperty(process.stdout, "isTTY", terminal);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe("planText", () => {
  it("shows changes with diffs and interruptions, then problems, then counts; no color without a terminal", () => {
    plain();
    expect(planText(plan, { objects: false, pod: false })).toBe(`Configure haproxy  [haproxy]
  It balances.
  ~ lb1: haproxy: enable, start or reload (not running)
  = lb2: unchanged

= Open the firewall  [firewall]  lb1, lb2: unchanged
= Have images  [images]  master2: unchanged

Join the new masters  [join]
  One by one.
  -- point of no return: rolling back from here on removes etcd members --
  + master2: kubeadm join --control-plane as master2 through 10.88.0.100:6443 (token: known when reached)
    interrupts etcd, and the API with it, until the second of two members has started; about 5 s
    + etcd member master2 https://10.88.0.12:2380 (2 members: none may fail)
    + node master2 10.88.0.12
  + master3: kubeadm join --control-plane as master3 through 10.88.0.100:6443 (token: known when reached)
    interrupts nothing: the existing members have quorum
    + etcd member master3 https://10.88.0.13:2380 (3 members: 1 may fail)
    + node master3 10.88.0.13
  = master1: unchanged

Announce the endpoint  [advertise]
  Pods ask it.
  ~ master1: kube-apiserver: set --advertise-address=10.88.0.100 and restart
    interrupts this host's apiserver, while the others serve; about 5 s
    -     - --advertise-address=10.88.0.11
    +     - --advertise-address=10.88.0.100
  ~ lb2: haproxy: enable, start or reload (not running)

warning: no copy
    hint: set backup.operatorCopy
blocker: lb2: no systemd
    hint: use another host
interrupts:
  join on master2: etcd, and the API with it, until the second of two members has started; about 5 s each
  advertise on master1: this host's apiserver, while the others serve; about 5 s each
point of no return: master2 in join; rolling back from here on removes etcd members
Plan: 5 changes on 5 hosts, 5 unchanged, 1 blocker`);
  });

  it("shows where a run pauses, if it has changes", () => {
    plain();
    const hold = {
      ...{ id: "pause 1", title: "Pause for 3 s", why: "", changes: [], problems: [], already: [] },
      holds: true as const,
    };
    const work = { id: "a", title: "Do a", why: "b", changes: [service], problems: [], already: [] };
    expect(planText({ steps: [hold, work] }, { objects: false, pod: false })).toContain(
      "… Pause for 3 s  [pause 1]\n\nDo a  [a]\n",
    );
    expect(planText({ steps: [hold] }, { objects: false, pod: false })).not.toContain("Pause");
  });

  it("reports no changes", () => {
    plain();
    const step = { id: "a", title: "Do a", why: "", changes: [], problems: [], already: ["lb1"] };
    expect(planText({ steps: [step] }, { objects: false, pod: false })).toBe(
      "= Do a  [a]  lb1: unchanged\n\nPlan: no changes, 1 unchanged, 0 blockers",
    );
  });
});

describe("runText and checksText", () => {
  const report: RunReport = {
    runId: "r",
    changes: 63,
    seconds: 171.26,
    skippedHosts: [],
    checks: [check("lb1", "haproxy", "active", "active"), check("master1", "node", "Ready", "Ready")],
    availability: [
      {
        url: "https://10.88.0.11:6443",
        requests: "reads",
        from: "worker1",
        asked: 500,
        failed: 0,
        longestGapMs: 0,
        endedEarly: false,
      },
      {
        url: "https://10.88.0.100:6443",
        requests: "writes",
        from: "worker1",
        asked: 480,
        failed: 3,
        longestGapMs: 1240,
        endedEarly: true,
      },
      {
        url: "https://n",
        requests: "reads",
        from: "lb1",
        asked: 0,
        failed: 0,
        longestGapMs: 0,
        endedEarly: false,
      },
    ],
    journal: "/state/r.ndjson",
  };

  it("report the changes and the longest outage of the API", () => {
    plain();
    expect(runText(report)).toBe(`done: 63 changes in 171.3 s, 2 of 2 checks passed
reads through https://10.88.0.11:6443: longest outage 0 s (0 of 500 probes failed, probed from worker1)
writes through https://10.88.0.100:6443: longest outage 1.2 s (3 of 480 probes failed, probed from worker1); probing stopped before the end
reads through https://n: no answer (probed from lb1)
journal: /state/r.ndjson`);
  });

  it("align checks, and show the expected value of a failed one", () => {
    plain();
    expect(
      checksText([check("lb1", "haproxy", "active", "failed"), check("master1", "node", "Ready", "Ready")]),
    ).toBe("✗ lb1      haproxy: failed, expected active\n✓ master1  node: Ready");
    expect(checksText([])).toBe("");
  });
});

describe("ndjson", () => {
  /** The output of these events, one object per line. */
  function lines(...events: EngineEvent[]): Record<string, unknown>[] {
    const written: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    events.forEach(ndjson);
    vi.restoreAllMocks();
    expect(written).toHaveLength(events.length);
    return written.map((line) => {
      expect(line.endsWith("\n")).toBe(true);
      expect(line.trimEnd()).not.toContain("\n");
      return JSON.parse(line) as Record<string, unknown>;
    });
  }

  it("writes each event as one line with the schema's version", () => {
    const all = lines(
      {
        type: "run-started",
        mode: "migrate",
        runId: "r",
        origin: origin(),
        cluster: { ca: "0f", uid: "u" },
        steps: [{ id: "a", title: "A" }],
      },
      { type: "step-started", step: "a" },
      { type: "change-started", step: "a", change: service },
      { type: "note", step: "a", text: "two\nlines" },
      { type: "change-done", step: "a", change: service, ms: 3 },
      { type: "checks", step: "a", checks: [check("lb1", "it", "1", "1")] },
      { type: "step-done", step: "a", changes: 1, ms: 5 },
    );
    for (const line of all) expect(line["schemaVersion"]).toBe(1);
    expect(all.map(({ type }) => type)).toEqual([
      ...["run-started", "step-started", "change-started", "note", "change-done", "checks", "step-done"],
    ]);
    expect(all[2]).toEqual({ schemaVersion: 1, type: "change-started", step: "a", change: service });
  });

  it("writes a plan with the displayed form of each change", () => {
    const [line] = lines({ type: "planned", plan });
    expect(line).toMatchObject({
      schemaVersion: 1,
      type: "planned",
      counts: { changes: 5, hosts: 5, already: 5, blocked: 1 },
      pointOfNoReturn: { step: "join", host: "master2" },
      interruptions: [
        { step: "join", hosts: ["master2"], seconds: 5 },
        { step: "advertise", hosts: ["master1"], seconds: 5 },
      ],
    });
    const steps = (line as unknown as PlanData).steps;
    expect(steps.map(({ id, already }) => [id, already])).toContainEqual(["firewall", ["lb1", "lb2"]]);
    expect(steps[0]?.changes).toEqual([
      { mark: "~", summary: "haproxy: enable, start or reload (not running)", change: service },
    ]);
    expect(steps[5]?.changes[0]).toEqual({
      mark: "~",
      summary: "kube-apiserver: set --advertise-address=10.88.0.100 and restart",
      diff: "-     - --advertise-address=10.88.0.11\n+     - --advertise-address=10.88.0.100",
      interrupts: { what: "this host's apiserver, while the others serve", seconds: 5 },
      change: flag,
    });
  });

  it("writes a failure's message, and no stack", () => {
    const [line] = lines({ type: "step-failed", step: "a", error: new Failure("gone", { host: "lb1" }) });
    expect(line).toMatchObject({ type: "step-failed", step: "a", error: { message: "gone" } });
    expect(JSON.stringify(line)).not.toContain("report.test");
  });

  it("shows no secret, even if an event has one", () => {
    const leaky = { ...service, because: new Secret("horse") } as unknown as Change;
    expect(JSON.stringify(lines({ type: "change-started", step: "a", change: leaky }))).not.toContain(
      "horse",
    );
  });
});
