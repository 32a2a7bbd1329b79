import { PassThrough } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import { confirm } from "../../src/cli/ask.js";

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  ["yes\n", true],
  [" yes \n", true],
  ["y\n", false],
  ["\n", false],
  ["", false],
])("takes %j, then the end of input, for %j", async (typed, answer) => {
  const input = new PassThrough();
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as unknown as typeof process.stdin);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  input.end(typed);
  expect(await confirm("Really?")).toBe(answer);
});
