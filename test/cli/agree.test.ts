import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agrees, agreesToContinue, agreesToRollback } from "../../src/cli/agree.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("without a terminal", () => {
  it.each([
    ["a migration", agrees, "3 changes: confirmation required"],
    ["a rollback", agreesToRollback, "3 changes to undo: confirmation required"],
  ])("%s asks nothing, and requires --yes", async (_what, ask, message) => {
    const input = new PassThrough();
    vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
    await expect(ask(3, false)).rejects.toMatchObject({
      message: `${message}, and there is no terminal`,
      hint: "review the plan, then pass --yes",
    });
    expect(await ask(3, true)).toBe(true);
  });
});

describe("a playbook's confirmation", () => {
  it.each([
    ["--yes", true, true],
    ["no, without it and without a terminal", false, false],
  ])("is answered by %s", async (_who, yes, answer) => {
    const input = new PassThrough();
    vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
    expect(await agreesToContinue("Continue?", yes)).toBe(answer);
  });
});
