import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame } from "../../src/machine/batch.js";
import { sh, type Shell } from "../../src/shell/shell.js";

function runFrame(scripts: readonly Shell[]) {
  const { script, split } = frame(scripts);
  const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", script.text], { encoding: "utf8" });
  return split({ code: status ?? 128, stdout, stderr });
}

const output = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom("\n", "k8s-ha-", " 0", "'", "%s", "\\", "a") }),
);
const result = fc.record({
  stdout: output.filter((text) => !text.includes("\0")),
  stderr: output.filter((text) => !text.includes("\0")),
  code: fc.integer({ min: 0, max: 255 }),
});

describe("frame", () => {
  it("returns each script's output, error output and exit code, for any output", () => {
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 5 }), (results) => {
        const scripts = results.map(
          ({ stdout, stderr, code }) => sh`printf %s ${stdout}; printf %s ${stderr} >&2; exit ${code}`,
        );
        expect(runFrame(scripts)).toEqual(results);
      }),
      { numRuns: 60 },
    );
  });

  it("isolates scripts: variables, directories, options and standard input", () => {
    const results = runFrame([sh`x=1; cd /; set -eu; cat; false; echo not reached`, sh`echo "[$x]"; pwd`]);
    expect(results).toEqual([
      { code: 1, stdout: "", stderr: "" },
      { code: 0, stdout: `[]\n${process.cwd()}\n`, stderr: "" },
    ]);
  });

  it("reports the cause of incomplete output", () => {
    const { split } = frame([sh`true`, sh`true`]);
    expect(() => split({ code: 137, stdout: "half an ans", stderr: "" })).toThrow(
      /incomplete query output: \d of \d parts, exit code 137/,
    );
    expect(() => split({ code: 2, stdout: "", stderr: "sh: syntax error\n" })).toThrow(/sh: syntax error/);
  });
});
