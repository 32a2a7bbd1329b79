import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit-codes.js";

const docs = readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8");

describe("the exit codes", () => {
  it("are those of docs/cli.md, with the same meanings", () => {
    const rows = [...docs.matchAll(/^\| (\d+) +\| (.*?) *\|$/gm)].map(([, code, meaning]) => [
      Number(code),
      meaning,
    ]);
    expect(rows).toEqual(
      Object.entries(EXIT).map(([key, code]) => [code, EXIT_MEANINGS[key as keyof typeof EXIT]]),
    );
  });
});
