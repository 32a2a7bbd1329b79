import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { driftBetween, unplanned } from "../../src/engine/drift.js";
import type { Plan } from "../../src/engine/plan.js";

const write = (host: string, before: string | null): Change => ({
  kind: "file",
  host,
  path: "/etc/haproxy/haproxy.cfg",
  content: "new\n",
  mode: "0644",
  owner: "root:root",
  before,
});
const service: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };
const planOf = (...changes: Change[]): Plan => ({
  steps: [{ id: "haproxy", title: "", why: "", changes, problems: [], already: [] }],
});

describe("driftBetween", () => {
  it("is empty for a plan and its copy from a file, in any order", () => {
    const saved = JSON.parse(JSON.stringify(planOf(write("lb1", null), service))) as Plan;
    expect(driftBetween(saved, planOf(service, write("lb1", null)), false)).toEqual([]);
  });

  it("lists added, removed and changed changes by step and host", () => {
    expect(
      driftBetween(
        planOf(write("lb1", null), write("lb2", null)),
        planOf(write("lb1", "by hand\n"), service),
        false,
      ),
    ).toEqual([
      "haproxy, lb1: write /etc/haproxy/haproxy.cfg: planned with a different before",
      "haproxy, lb1: haproxy: enable, start or reload (not running): not in the plan",
      "haproxy, lb2: write /etc/haproxy/haproxy.cfg: no longer needed",
    ]);
  });

  it("counts equal changes separately", () => {
    expect(driftBetween(planOf(service), planOf(service, service), false)).toEqual([
      "haproxy, lb1: haproxy: enable, start or reload (not running): not in the plan",
    ]);
  });

  it("does not compare estimates", () => {
    const estimated = (databaseBytes: number): Change => ({ ...service, estimate: { databaseBytes } });
    expect(driftBetween(planOf(estimated(1)), planOf(estimated(2)), false)).toEqual([]);
    expect(driftBetween(planOf(service), planOf(estimated(2)), false)).toEqual([]);
    expect(unplanned(planOf(estimated(1)), "haproxy", [estimated(2)])).toEqual([]);
    const other: Change = { ...service, because: "other" };
    expect(unplanned(planOf(other), "haproxy", [estimated(2)])).toEqual([estimated(2)]);
  });

  it("treats unneeded changes as completed when a run is resumed", () => {
    const saved = planOf(write("lb1", null), service);
    expect(driftBetween(saved, planOf(service), true)).toEqual([]);
    expect(driftBetween(saved, planOf(write("lb1", "by hand\n")), true)).toHaveLength(1);
  });
});

describe("unplanned", () => {
  it("are the changes of a step that the plan does not contain in this form", () => {
    const plan = planOf(service);
    expect(unplanned(plan, "haproxy", [service, write("lb1", null)])).toEqual([write("lb1", null)]);
    expect(unplanned(plan, "keepalived", [service])).toEqual([service]);
  });
});
