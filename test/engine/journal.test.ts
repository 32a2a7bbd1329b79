import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { EngineEvent } from "../../src/engine/events.js";
import { Journal, journalFolder } from "../../src/engine/journal.js";
import { lastRun } from "../../src/engine/journal-reader.js";
import { Failure } from "../../src/failure.js";
import { Secret } from "../../src/shell/secret.js";
import { origin } from "./made-from.js";
import { check } from "../../src/steps/step.js";
import { emptyReport } from "./empty-report.js";

const root = mkdtempSync(join(tmpdir(), "k8s-ha-journal-"));
const folder = join(root, "state/k8s-ha/lab");
const RUN = "20260131-221530";
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const change: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };
const course: EngineEvent[] = [
  {
    type: "run-started",
    mode: "migrate",
    runId: RUN,
    origin: origin(),
    cluster: { ca: "0f", uid: "u" },
    scope: { until: "haproxy", limit: [] },
    steps: [{ id: "haproxy", title: "t" }],
  },
  { type: "step-started", step: "haproxy" },
  { type: "change-started", step: "haproxy", change },
];
const done: EngineEvent = {
  type: "run-done",
  report: emptyReport(RUN),
};

function write(events: readonly EngineEvent[], runId = RUN): Journal {
  const journal = new Journal(folder, runId);
  events.forEach(journal.listen);
  journal.close();
  return journal;
}
const records = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("Journal", () => {
  it("records a change on disk before it starts, and its completion after it", () => {
    const journal = new Journal(folder, RUN);
    course.forEach(journal.listen);
    expect(records(journal.path).at(-1)).toMatchObject({ type: "change-started", step: "haproxy", change });
    journal.listen({ type: "change-done", step: "haproxy", change, ms: 12 });
    expect(
      records(journal.path)
        .map(({ type }) => type)
        .slice(-2),
    ).toEqual(["change-started", "change-done"]);
    journal.close();
  });

  it("has a timestamp in every record", () => {
    for (const { at } of records(write(course).path)) expect(Date.parse(String(at))).toBeGreaterThan(0);
  });

  it("is readable only by its owner", () => {
    const { path } = write(course);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("never overwrites a previous run", () => {
    write(course);
    expect(() => new Journal(folder, RUN)).toThrow(/EEXIST/);
  });

  it("records errors, and only failed checks", () => {
    const bad = check("lb1", "haproxy", "active", "failed");
    const { path } = write([
      { type: "note", step: "haproxy", text: "waiting" },
      { type: "checks", step: "haproxy", checks: [check("lb2", "haproxy", "active", "active"), bad] },
      { type: "step-failed", step: "haproxy", error: new Failure("not verified", { host: "lb1" }) },
    ]);
    expect(records(path)).toMatchObject([
      { type: "checks", checks: [bad] },
      { type: "step-failed", step: "haproxy", error: { message: "not verified", host: "lb1" } },
    ]);
    expect(records(path)).toHaveLength(2);
  });

  it("contains no secret, even if an event has one", () => {
    const leaky = { ...change, because: new Secret("horse") } as unknown as Change;
    const { path } = write([{ type: "change-started", step: "haproxy", change: leaky }]);
    expect(readFileSync(path, "utf8")).not.toContain("horse");
    expect(records(path)).toMatchObject([{ change: { because: "[secret]" } }]);
  });
});

describe("lastRun", () => {
  it("is undefined without a run", () => {
    expect(lastRun(folder)).toBeUndefined();
  });

  it("has the last step of an unfinished run", () => {
    const { path } = write(course);
    expect(lastRun(folder)).toEqual({
      runId: RUN,
      path,
      finished: false,
      isRollback: false,
      step: "haproxy",
      origin: origin(),
      baseline: undefined,
      scope: { until: "haproxy", limit: [] },
    });
  });

  it("recognizes a finished run", () => {
    write([...course, done]);
    expect(lastRun(folder)).toMatchObject({ finished: true });
  });

  it("returns the latest of several", () => {
    write([...course, done], "20260201-080000");
    write(course, "20260131-235959");
    expect(lastRun(folder)).toMatchObject({ runId: "20260201-080000", finished: true });
  });

  it.each(['{"at":"2026-01-31T22:15:31Z","type":"run-do', '{"at"', "\0\0\0"])(
    "ignores a last line that a power loss left as %j",
    (half) => {
      const { path } = write(course);
      appendFileSync(path, half);
      expect(lastRun(folder)).toMatchObject({ finished: false, step: "haproxy" });
    },
  );

  it("recognizes a run that was interrupted before its first step", () => {
    write(course.slice(0, 1));
    expect(lastRun(folder)).toMatchObject({ finished: false, step: undefined });
  });
});

describe("the journals of a cluster", () => {
  it("are without those of a former cluster with the same CA", () => {
    write(course);
    expect(lastRun(folder, "u")).toBeDefined();
    expect(lastRun(folder, "another")).toBeUndefined();
    // The API may be unavailable.
    expect(lastRun(folder)).toBeDefined();
  });
});

describe("journalFolder", () => {
  const id = (ca: string) => ({ ca, uid: undefined });

  it("is one per cluster", () => {
    vi.stubEnv("XDG_STATE_HOME", "/state");
    expect(journalFolder(id("0123456789abcdef0123"))).toBe("/state/k8s-ha/0123456789abcdef");
  });

  it("is below the home directory by default", () => {
    vi.stubEnv("XDG_STATE_HOME", undefined);
    expect(journalFolder(id("0f")).startsWith(join(homedir(), ".local/state/k8s-ha/"))).toBe(true);
  });
});
