import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { InvalidFile } from "../../src/config-source/invalid-file.js";
import { Failure } from "../../src/failure.js";
import { readPlan, savePlan, type SavedPlan } from "../../src/report/plan-file.js";
import { origin } from "../engine/made-from.js";

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-plan-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const change: Change = {
  kind: "file",
  host: "lb1",
  path: "/etc/haproxy/haproxy.cfg",
  content: 'a: "b"\n\tc # d\u2028\n',
  mode: "0644",
  owner: "root:root",
  before: null,
};
const saved: SavedPlan = {
  files: { inventory: "/operator/inventory.yaml" },
  origin: origin(),
  scope: { until: "haproxy", limit: ["lb1"] },
  plan: {
    steps: [{ id: "haproxy", title: "t", why: "w", changes: [change], problems: [], already: ["lb2"] }],
  },
};

describe("a plan file", () => {
  it("returns the saved plan with its inputs", async () => {
    const path = join(folder, "plan.json");
    savePlan(path, saved);
    expect(await readPlan(path)).toEqual(saved);
  });

  it("is readable only by its owner, replaces the previous one, and leaves no temporary file", () => {
    const path = join(folder, "twice.json");
    writeFileSync(path, "former", { mode: 0o644 });
    savePlan(path, saved);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
  });

  it("contains what a plan shows, for tools", () => {
    const path = join(folder, "plan.json");
    savePlan(path, saved);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
      schemaVersion: 1,
      counts: { changes: 1 },
      steps: [{ changes: [{ mark: "+", summary: "write /etc/haproxy/haproxy.cfg" }] }],
    });
  });

  it("reports a path that cannot be written", () => {
    expect(() => {
      savePlan(join(folder, "none/plan.json"), saved);
    }).toThrow(Failure);
  });

  it.each([
    ["is missing", undefined],
    ["is none", "{}"],
    ["is of another version of the format", '{"schemaVersion": 2}'],
    ["was cut off", '{"schemaVersion": 1, "steps": ['],
  ])("is refused when it %s", async (_, text) => {
    const path = join(folder, "wrong.json");
    rmSync(path, { force: true });
    if (text !== undefined) writeFileSync(path, text);
    await expect(readPlan(path)).rejects.toThrow(InvalidFile);
  });
});
