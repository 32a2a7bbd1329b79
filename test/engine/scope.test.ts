import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { limited, stepsWithin, type Scope } from "../../src/engine/scope.js";
import type { Step } from "../../src/steps/step.js";

const step = (id: string, rest: Partial<Step> = {}): Step => ({
  id,
  title: id,
  why: "",
  rollout: "together",
  probe: () => Promise.resolve(null),
  plan: () => ({ changes: [] }),
  ...rest,
});
const steps = [
  step("preflight", { isGate: true }),
  step("backup", { onlyBesideOthers: true }),
  ...["a", "b", "c"].map((id) => step(id)),
].map((one) => ({ step: one }));

describe("stepsWithin", () => {
  it.each<[Omit<Scope, "limit">, string, string]>([
    [{}, "", "preflight backup a b c"],
    [{ from: "b" }, "a", "preflight backup b c"],
    [{ until: "b" }, "", "preflight backup a b"],
    [{ from: "b", until: "b" }, "a", "preflight backup b"],
    [{ from: "preflight", until: "preflight" }, "", "preflight"],
    [{ from: "c" }, "a b", "preflight backup c"],
  ])("%j depends on %j and runs %j: gates and backups always run", (scope, before, run) => {
    const within = stepsWithin({ ...scope, limit: [] }, steps);
    const ids = (all: readonly { step: Step }[]): string => all.map((one) => one.step.id).join(" ");
    expect([ids(within.before), ids(within.run)]).toEqual([before, run]);
  });
});

describe("limited", () => {
  const changes = ["lb1", "lb2", "lb2"].map((host): Change => ({
    kind: "images",
    host,
    criSocket: "/run/x.sock",
    images: [],
  }));

  it("skips changes of other hosts, and returns those hosts", () => {
    expect(limited({ limit: ["lb1", "master1"] }, step("a"), changes)).toEqual({
      changes: changes.slice(0, 1),
      leftOut: ["lb2"],
    });
  });

  it("includes all without a limit, and always for a backup", () => {
    expect(limited({ limit: [] }, step("a"), changes)).toEqual({ changes, leftOut: [] });
    const backup = step("backup", { onlyBesideOthers: true });
    expect(limited({ limit: ["lb1"] }, backup, changes)).toEqual({ changes, leftOut: [] });
  });
});
