import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { agreesToContinue } from "../../src/cli/agree.js";

afterEach(() => {
  vi.restoreAllMocks();
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
