import { describe, expect, it } from "vitest";
import { nextCommands } from "../../src/cli/next-commands.js";
import type { AppliedChange } from "../../src/engine/applied-changes.js";
import type { RunEnd, RunState } from "../../src/engine/run-state.js";
import type { ClusterStatus } from "../../src/engine/status.js";
import { origin } from "../engine/made-from.js";

const at = "2026-01-31T22:17:02.000Z";
const typed = { inventory: "my lab.yaml", changed: false };
const applied: AppliedChange[] = [
  {
    step: "haproxy",
    change: { kind: "sysctl", host: "lb1", key: "k", before: "0", value: "1" },
    before: { value: "0" },
  },
];

function status(
  end: RunEnd | undefined,
  rest: Partial<ClusterStatus> & Partial<RunState> = {},
): ClusterStatus {
  const { mode = "migrate" } = rest;
  const run: RunState | undefined = end && {
    runId: "r1",
    mode,
    startedAt: at,
    by: "anna@laptop",
    origin: origin(),
    scope: undefined,
    end,
    complete: [],
    remaining: [{ id: "join", title: "Join" }],
  };
  return {
    run,
    isRunning: false,
    lock: { state: "free" },
    applied,
    unreachable: [],
    stale: [],
    folder: "/j",
    ...rest,
  };
}
const commands = (...args: Parameters<typeof nextCommands>): string[] =>
  nextCommands(...args).map(({ command }) => command);
const PLAN = "k8s-ha plan -i 'my lab.yaml'";
const MIGRATE = "k8s-ha migrate -i 'my lab.yaml'";
const ROLLBACK = "k8s-ha rollback -i 'my lab.yaml'";
const failed: RunEnd = { at, how: "failed", step: "join", error: { message: "no" } };

describe("the next commands", () => {
  it.each([
    ["no run", status(undefined, { applied: [] }), [PLAN, MIGRATE]],
    ["a failed run", status(failed), [`${MIGRATE} --resume`, ROLLBACK]],
    ["a failed run without a change", status(failed, { applied: [] }), [`${MIGRATE} --resume`]],
    ["an interrupted run", status({ at, how: "unknown" }), [`${MIGRATE} --resume`, ROLLBACK]],
    ["a stopped run", status({ at, how: "stopped" }), [`${MIGRATE} --resume`, ROLLBACK]],
    ["a complete run", status({ at, how: "done" }), ["k8s-ha verify -i 'my lab.yaml'", ROLLBACK]],
    ["a failed rollback", status(failed, { mode: "rollback" }), [ROLLBACK, MIGRATE]],
    ["a rollback", status({ at, how: "rolled-back" }, { mode: "rollback", applied: [] }), [PLAN, MIGRATE]],
    [
      "a run in progress",
      status({ at, how: "unknown" }, { isRunning: true, lock: { state: "held", holder: "anna" } }),
      ["k8s-ha status -i 'my lab.yaml'"],
    ],
  ])("after %s", (_what, given, expected) => {
    expect(commands(given, typed)).toEqual(expected);
  });

  it("repeat the playbook, and accept changed files", () => {
    expect(commands(status(failed), { ...typed, playbook: "p.yaml", changed: true })).toEqual([
      `${MIGRATE} --playbook p.yaml --resume --accept-changes`,
      ROLLBACK,
    ]);
  });
});
