import { describe, expect, it } from "vitest";
import { holdUp } from "../../src/engine/hold.js";
import { verifyStep } from "../../src/engine/verification.js";
import { Stopped } from "../../src/engine/stopped.js";
import { stepOf } from "../../src/steps/from-playbook.js";
import { Sandbox } from "../machine/sandbox.js";

const never = () => false;

describe("a question", () => {
  const hold = { kind: "confirm", question: "Continue?" } as const;
  const answered = (answer?: boolean) =>
    holdUp(hold, {
      stopRequested: never,
      signal: undefined,
      ...(answer !== undefined && { confirms: () => Promise.resolve(answer) }),
    });

  it("continues a run only with yes", async () => {
    await expect(answered(true)).resolves.toBeUndefined();
    await expect(answered(false)).rejects.toThrow(new Stopped("not confirmed: Continue?"));
    await expect(answered()).rejects.toBeInstanceOf(Stopped);
  });
});

describe("a pause", () => {
  const paused = (seconds: number, stopRequested = never, signal?: AbortSignal) =>
    holdUp({ kind: "pause", seconds }, { stopRequested, signal });

  it("takes the configured time", async () => {
    const started = performance.now();
    await paused(0.5);
    expect(performance.now() - started).toBeGreaterThanOrEqual(490);
  });

  it("ends on a stop request, and immediately on abort", async () => {
    await expect(paused(60, () => true)).rejects.toBeInstanceOf(Stopped);
    const controller = new AbortController();
    const pause = paused(60, never, controller.signal);
    controller.abort(new Error("left"));
    await expect(pause).rejects.toThrow("left");
  });
});

describe("a wait", () => {
  const entry = { kind: "wait", id: "quiet", wait: "quiet", on: ["lb1"], env: {}, every: 0.5 } as const;
  /** Becomes true at the third check. */
  const THIRD = 'echo >>"$DIR/asked"; test "$(wc -l <"$DIR/asked")" -ge 3';

  it("polls at its interval until the check passes", async () => {
    using sandbox = new Sandbox();
    const step = stepOf({
      ...entry,
      on: [...entry.on],
      env: { DIR: sandbox.root },
      check: THIRD,
      timeout: 20,
    });
    const started = performance.now();
    const checks = await verifyStep(step, sandbox.fleet(), never);
    expect(checks).toMatchObject([{ host: "lb1", ok: true }]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000);
    expect(sandbox.read("/asked")).toBe("\n\n\n");
  });

  it("reports the last output of its check after the timeout", async () => {
    using sandbox = new Sandbox();
    const step = stepOf({ ...entry, on: [...entry.on], check: "echo busy; exit 1", timeout: 1 });
    await expect(verifyStep(step, sandbox.fleet(), never)).rejects.toThrow(
      "not verified within 1 s:\nlb1: check of quiet: expected exit code 0, found exit code 1: busy",
    );
  });
});
