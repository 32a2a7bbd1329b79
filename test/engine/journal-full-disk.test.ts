import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import type * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { EngineEvent } from "../../src/engine/events.js";
import type * as journals from "../../src/engine/journal.js";
import { Failure } from "../../src/failure.js";
import { origin } from "./made-from.js";

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, appendFileSync: vi.fn(real.appendFileSync), mkdirSync: vi.fn(real.mkdirSync) };
});
const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-journal-full-"));
const RUN = "20260131-221530";
let Journal: typeof journals.Journal;
beforeAll(async () => {
  // Another test file may have imported it with the real file system.
  vi.resetModules();
  ({ Journal } = await import("../../src/engine/journal.js"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.resetModules();
});

const change: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };
const begun: EngineEvent[] = [
  {
    type: "run-started",
    mode: "migrate",
    runId: RUN,
    origin: origin(),
    cluster: { ca: "0f", uid: "u" },
    steps: [{ id: "haproxy", title: "t" }],
  },
  { type: "step-started", step: "haproxy" },
];

describe("a journal on a full disk", () => {
  it("fails before the change starts, with the path, and leaves no incomplete record", () => {
    const journal = new Journal(folder, RUN);
    begun.forEach(journal.listen);
    vi.mocked(appendFileSync).mockImplementationOnce((file) => {
      writeSync(Number(file), '{"at":"2026-');
      throw full;
    });
    expect(() => {
      journal.listen({ type: "change-started", step: "haproxy", change });
    }).toThrow(
      expect.objectContaining({
        name: "Failure",
        message: `cannot write the journal ${journal.path}: ENOSPC: no space left on device, write`,
        hint: expect.stringContaining("free disk space there") as unknown,
      }) as Error,
    );
    journal.listen({ type: "step-failed", step: "haproxy", error: new Failure("x") });
    const types = readFileSync(journal.path, "utf8").match(/(?<="type":")[a-z-]+/g);
    expect(types).toEqual(["run-started", "step-started", "step-failed"]);
    journal.close();
  });

  it("is reported before a run starts", () => {
    vi.mocked(mkdirSync).mockImplementationOnce(() => {
      throw full;
    });
    expect(() => new Journal(folder, RUN)).toThrow(/^cannot write the journal .*no space left/);
  });
});
