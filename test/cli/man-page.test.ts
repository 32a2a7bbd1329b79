import { Command, Option } from "@commander-js/extra-typings";
import { describe, expect, it } from "vitest";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit-codes.js";
import { manPage } from "../../src/cli/man-page.js";
import { makeProgram } from "../../src/cli/program.js";

describe("the manual page", () => {
  it("has every command with its options, except hidden ones", () => {
    const page = manPage(makeProgram());
    for (const name of [
      "migrate [options]",
      "inventory convert [options] <file>",
      "completion [options] <shell>",
    ])
      expect(page).toContain(`.SS "k8s\\-ha ${name}"`);
    expect(page).toContain(".B \\-i, \\-\\-inventory <file>\n");
    expect(page).not.toContain("k8s\\-ha complete ");
  });

  it("has every exit code", () => {
    const page = manPage(makeProgram());
    for (const code of Object.values(EXIT)) expect(page).toContain(`.TP\n.B ${code}\n`);
  });

  it("contains nothing that roff reads as a request or an escape", () => {
    const program = new Command("tool").description("Does a\\b.");
    program.command("x").description(".TH 'and' \"this\"").addOption(new Option("--y <z,…>", "'quoted"));
    const lines = manPage(program).split("\n");
    expect(lines).toContain("tool \\- Does a\\eb");
    expect(lines).toContain("\\&.TH 'and' \\(dqthis\\(dq.");
    expect(lines).toContain(".B \\-\\-y <z,...>");
    expect(lines).toContain("\\&'quoted");
    expect(Object.keys(EXIT_MEANINGS)).toEqual(Object.keys(EXIT));
  });
});
