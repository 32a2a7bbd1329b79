import { afterEach, describe, expect, it, vi } from "vitest";
import { reportError } from "../../src/cli/failures.js";
import { Interrupted } from "../../src/cli/signals.js";
import { InvalidFile } from "../../src/config-source/invalid-file.js";
import { Unreachable } from "../../src/engine/connect.js";
import { Drifted } from "../../src/engine/drift.js";
import { Locked } from "../../src/engine/lock.js";
import { StepFailed } from "../../src/engine/run.js";
import { Stopped } from "../../src/engine/stopped.js";
import { UsageError } from "../../src/cli/usage.js";
import { Failure } from "../../src/failure.js";

const RESUME = "k8s-ha migrate -i lab.yaml --resume";
afterEach(() => {
  vi.restoreAllMocks();
});

/** The exit code and the text on standard error. */
function printed(error: unknown): { code: number; text: string } {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const code = reportError(error, RESUME);
  return { code, text: written.join("") };
}

describe("reportError", () => {
  it("prints a failure with its host and hint", () => {
    expect(printed(new Failure("it is gone", { host: "lb1", hint: "fix it" }))).toEqual({
      code: 1,
      text: "k8s-ha: lb1: it is gone\n  hint: fix it\n",
    });
    expect(printed(new Failure("it is gone"))).toEqual({ code: 1, text: "k8s-ha: it is gone\n" });
  });

  it("prints every unreachable host", () => {
    const error = new Unreachable([
      new Failure("no route", { host: "lb1" }),
      new Failure("unknown key", { host: "lb2", hint: "ssh-keyscan" }),
    ]);
    expect(printed(error)).toEqual({
      code: 1,
      text: "k8s-ha: lb1: no route\nk8s-ha: lb2: unknown key\n  hint: ssh-keyscan\n",
    });
  });

  it("prints a failed step, and the resume command", () => {
    const cause = new Failure("port in use", { host: "lb1", hint: "free it" });
    expect(printed(new StepFailed("haproxy", undefined, cause))).toEqual({
      code: 1,
      text: `k8s-ha: lb1, step haproxy: port in use\n  hint: free it\n  completed changes stay in place; continue with: ${RESUME}\n`,
    });
  });

  it("prints a stopped run, with its own exit code", () => {
    expect(printed(new Stopped("stopped as requested, between two steps"))).toEqual({
      code: 4,
      text: `k8s-ha: stopped as requested, between two steps\n  completed changes stay in place; continue with: ${RESUME}\n`,
    });
  });

  it("prints an aborted run", () => {
    expect(printed(new Interrupted("left at once"))).toEqual({
      code: 130,
      text: `k8s-ha: left at once\n  completed changes stay in place; continue with: ${RESUME}\n`,
    });
  });

  it("prints that another run is in progress, with its own exit code", () => {
    expect(
      printed(new Locked("another run is changing this cluster: anna@laptop", { host: "master1" })),
    ).toEqual({
      code: 6,
      text: "k8s-ha: master1: another run is changing this cluster: anna@laptop\n",
    });
  });

  it("prints drift and usage errors, with their own exit codes", () => {
    expect(printed(new Drifted("the plan is old:", ["lb1: gone"], "make a new one"))).toEqual({
      code: 8,
      text: "k8s-ha: the plan is old:\n  lb1: gone\n  hint: make a new one\n",
    });
    expect(printed(new UsageError("--from: there is no step x", { hint: "the steps are a, b" }))).toEqual({
      code: 2,
      text: "k8s-ha: --from: there is no step x\n  hint: the steps are a, b\n",
    });
  });

  it("prints an invalid file with line and column, with its own exit code", () => {
    const error = new InvalidFile("lab.yaml", [{ message: "is required", line: 2, column: 3 }], {
      hint: "see docs",
    });
    expect(printed(error)).toEqual({
      code: 7,
      text: "k8s-ha: lab.yaml:2:3: is required\n  hint: see docs\n",
    });
  });

  it("prints a bug with its stack, and requests a report", () => {
    const { code, text } = printed(new TypeError("x is undefined"));
    expect(code).toBe(1);
    expect(text).toMatch(
      /^k8s-ha: this is a bug in k8s-ha; report it with this stack trace:\nTypeError: x is undefined\n +at /,
    );
    expect(printed("thrown text").text).toContain("report it with this stack trace:\nthrown text\n");
  });
});
