import { describe, expect, it, vi } from "vitest";
import type { ClusterStatus } from "../../src/engine/status.js";
import { Failure } from "../../src/failure.js";
import { statusData } from "../../src/report/status-data.js";
import { statusText } from "../../src/report/status-text.js";
import { origin } from "../engine/made-from.js";

vi.stubEnv("NO_COLOR", "1");
const status: ClusterStatus = {
  run: {
    runId: "20260131-221530",
    mode: "migrate",
    startedAt: "2026-01-31T22:15:30.000Z",
    by: "anna@laptop",
    origin: origin(),
    scope: { until: "join", limit: ["lb1"] },
    end: {
      at: "2026-01-31T22:17:02.000Z",
      how: "failed",
      step: "keepalived",
      error: { message: "port in use", host: "lb1", hint: "free it" },
    },
    complete: [{ id: "haproxy", title: "Configure haproxy" }],
    remaining: [
      { id: "keepalived", title: "Configure keepalived" },
      { id: "join", title: "Join" },
    ],
  },
  isRunning: false,
  lock: { state: "free" },
  applied: [1, 2].map(() => ({
    step: "haproxy",
    change: { kind: "sysctl", host: "lb1", key: "k", before: "0", value: "1" },
    before: { value: "0" },
  })),
  unreachable: [new Failure("no route", { host: "master2" })],
  stale: [],
  folder: "/j",
};
const details = {
  undos: 1,
  changedInputs: ["k8s-ha: 0.1.0, now 0.2.0"],
  next: [{ command: "k8s-ha migrate -i f --resume", what: "continue with the step keepalived" }],
};

describe("statusText", () => {
  it("says where a failed run stands, and how to go on", () => {
    expect(statusText(status, details))
      .toBe(`last run: 20260131-221530, migrate --until join --limit lb1, started 2026-01-31T22:15:30.000Z by anna@laptop (k8s-ha 0.1.0)
  failed in step keepalived 2026-01-31T22:17:02.000Z: lb1: port in use
    hint: free it
  1 of 3 steps complete
  to do: Configure keepalived [keepalived], then join
  changed since: k8s-ha: 0.1.0, now 0.2.0
changes in place: 1 on 1 host; a rollback undoes 1
  haproxy
    lb1: set k = 1
lock: free
no answer from master2: no route
journals: /j, and the copies on the masters that answered
next:
  k8s-ha migrate -i f --resume  continue with the step keepalived`);
  });

  it("says who holds the lock, and what is not known", () => {
    const end = { at: "2026-01-31T22:17:02.000Z", how: "unknown", step: "join" } as const;
    const run = status.run && { ...status.run, end };
    const shown = (rest: Partial<ClusterStatus>): string => statusText({ ...status, run, ...rest }, details);
    const held = shown({ isRunning: true, lock: { state: "held", holder: "ben@desk, process 1" } });
    expect(held).toContain("  running in step join; last record 2026-01-31T22:17:02.000Z\n");
    expect(held).toContain("lock: held by ben@desk, process 1\n");
    expect(shown({ isRunning: undefined, lock: { state: "unknown" } })).toContain(
      "running or interrupted in step join",
    );
    expect(shown({})).toContain("  interrupted in step join: ");
    expect(shown({ run: undefined, applied: [] })).toMatch(/^changes in place: none\n/m);
  });
});

describe("statusData", () => {
  it("is the same as JSON, without the inputs of the run", () => {
    const data = JSON.parse(JSON.stringify(statusData(status, details))) as Record<string, unknown>;
    expect(data).toEqual({
      schemaVersion: 1,
      run: { ...status.run, origin: undefined, version: "0.1.0" },
      running: false,
      lock: { state: "free" },
      changes: [{ step: "haproxy", host: "lb1", summary: "set k = 1" }],
      unreachable: [{ message: "no route", host: "master2" }],
      stale: [],
      journals: "/j",
      ...details,
    });
  });
});
