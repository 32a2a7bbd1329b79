import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { EngineEvent } from "../../src/engine/events.js";
import { Journal } from "../../src/engine/journal.js";
import { lastRun } from "../../src/engine/journal-reader.js";
import { origin } from "./made-from.js";
import { appliedChanges } from "../../src/engine/applied-changes.js";
import { emptyReport } from "./empty-report.js";

const root = mkdtempSync(join(tmpdir(), "k8s-ha-appliedChanges-"));
const folder = join(root, "lab");
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const sysctl = (host: string, value: string): Change => ({
  kind: "sysctl",
  host,
  key: "k",
  before: "",
  value,
});
const made = (change: Change, before: unknown = {}): EngineEvent => ({
  type: "change-started",
  step: "s",
  change,
  before,
});
const undone = (change: Change): EngineEvent => ({ type: "undo-done", step: "s", change, ms: 1 });
const report = emptyReport();

function write(runId: string, ...events: readonly EngineEvent[]): string {
  const journal = new Journal(folder, runId);
  events.forEach(journal.listen);
  journal.close();
  return journal.path;
}

describe("appliedChanges", () => {
  it("are those of all runs, in order, with the previous state", () => {
    write("20260102-000000", made(sysctl("lb1", "2"), { value: "1" }));
    write("20260101-000000", made(sysctl("lb1", "1"), { value: "0" }), made(sysctl("lb2", "1")));
    expect(appliedChanges(folder)).toEqual([
      { step: "s", change: sysctl("lb1", "1"), before: { value: "0" } },
      { step: "s", change: sysctl("lb2", "1"), before: {} },
      { step: "s", change: sysctl("lb1", "2"), before: { value: "1" } },
    ]);
  });

  it("end with their undo, all changes of one target at once", () => {
    write("20260101-000000", made(sysctl("lb1", "1")), made(sysctl("lb2", "1")));
    write("20260102-000000", made(sysctl("lb1", "2")));
    write("20260103-000000", undone(sysctl("lb1", "2")));
    expect(appliedChanges(folder).map(({ change }) => change.host)).toEqual(["lb2"]);
  });

  it("start over after a complete rollback", () => {
    write("20260101-000000", made(sysctl("lb1", "1")));
    write("20260102-000000", { type: "rolled-back", report });
    expect(appliedChanges(folder)).toEqual([]);
    write("20260103-000000", made(sysctl("lb2", "1")));
    expect(appliedChanges(folder).map(({ change }) => change.host)).toEqual(["lb2"]);
  });

  it("distinguish a rollback from a run that makes changes", () => {
    const started = (runId: string, mode: "migrate" | "rollback") =>
      ({
        type: "run-started",
        runId,
        mode,
        origin: origin(),
        cluster: { ca: "0f", uid: "u" },
        steps: [],
      }) as const;
    write("20260101-000000", started("20260101-000000", "migrate"), made(sysctl("lb1", "1")));
    expect(lastRun(folder)).toMatchObject({ finished: false, isRollback: false });
    write("20260102-000000", started("20260102-000000", "rollback"));
    expect(lastRun(folder)).toMatchObject({ finished: false, isRollback: true });
    write("20260103-000000", started("20260103-000000", "rollback"), { type: "rolled-back", report });
    expect(lastRun(folder)).toMatchObject({ finished: true });
  });

  it("ignore an incomplete line", () => {
    const path = write("20260101-000000", made(sysctl("lb1", "1")));
    appendFileSync(path, '{"type":"change-star');
    expect(appliedChanges(folder)).toHaveLength(1);
  });

  it("throw for an unknown kind", () => {
    const path = write("20260101-000000");
    appendFileSync(
      path,
      `${JSON.stringify({ type: "change-started", step: "s", change: { kind: "magic" } })}\n`,
    );
    expect(() => appliedChanges(folder)).toThrow(/unknown to this version: magic/);
  });

  it("are empty without a run", () => {
    expect(appliedChanges(join(root, "nowhere"))).toEqual([]);
  });
});
