import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CommandFailed } from "../../src/machine/query.js";
import { userCheck, userScript } from "../../src/machine/user-script.js";
import { Sandbox } from "./sandbox.js";

describe("a playbook's text", () => {
  it("gets any values through its environment, without interpolation", async () => {
    using sandbox = new Sandbox();
    const value = fc.string({ unit: "grapheme" }).filter((text) => !/[\0/]/.test(text));
    await fc.assert(
      fc.asyncProperty(value, async (word) => {
        const out = await sandbox.host().run(userScript('printf "%s" "$WORD"', { WORD: word }));
        expect(out).toBe(word);
      }),
      { numRuns: 40 },
    );
  });

  it("stops at the first failing command, and at an unset variable", async () => {
    using sandbox = new Sandbox();
    const host = sandbox.host();
    await expect(host.run(userScript("false\necho on", {}))).rejects.toMatchObject({ code: 1 });
    await expect(host.run(userScript('echo "$MISSPELT"', {}))).rejects.toThrow("MISSPELT");
  });

  it("gets no input, and does not break the surrounding script with an open quote", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().run(userScript("cat; echo end", {}), { stdin: "secret" })).toBe("end\n");
    const [open, other] = await Promise.all([
      sandbox.host().ask(userCheck("echo 'open", {})),
      sandbox.host().ask(userCheck("true", {})),
    ]);
    expect([open.holds, other.holds]).toEqual([false, true]);
  });
});

describe("a playbook's check", () => {
  it.each([
    ["true", true, "exit code 0"],
    ["echo so; exit 3", false, "exit code 3: so"],
    ["! true", false, "exit code 1"],
  ])("%s", async (text, holds, said) => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(userCheck(text, {}))).toEqual({ holds, said });
  });

  it("that cannot run throws", async () => {
    using sandbox = new Sandbox();
    await expect(sandbox.host().ask(userCheck("no-such-program", {}))).rejects.toThrow(CommandFailed);
  });
});
