import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { completionScripts } from "../../src/cli/completion-scripts.js";
import { makeProgram } from "../../src/cli/program.js";

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-completion-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A k8s-ha that shows the line that it was given, as a word that fits; and `:files` after `-i`. */
const STUB = `#!/bin/sh
case $2 in *-i[\\ =]*) echo :files;; *) printf 'asked:%s\\twhat: it is\\n' "$2" two;; esac
`;
writeFileSync(join(folder, "k8s-ha"), STUB, { mode: 0o755 });
for (const [shell, script] of Object.entries(completionScripts)) writeFileSync(join(folder, shell), script);

/** Loads the completion script into a shell that has no startup files, and runs commands; returns the lines printed. */
function run(shell: string, options: readonly string[], commands: string, before = "true"): string[] {
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder };
  const script = `${before}; . ${folder}/${shell}; ${commands}`;
  return execFileSync(shell, [...options, "-c", script], { env, encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

const has = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

describe("k8s-ha completion", () => {
  it("refuses another shell, and names those that there are", async () => {
    await expect(makeProgram().parseAsync(["completion", "csh"], { from: "user" })).rejects.toThrow(
      "Allowed choices are bash, zsh, fish",
    );
  });

  describe("bash, without bash-completion", () => {
    /** With the cursor before the last three characters; the script is loaded twice, which is no error. */
    const complete = (line: string): string[] =>
      run(
        "bash",
        ["--norc", "--noprofile"],
        `. ${folder}/bash; compopt() { echo "compopt $*"; }; complete -p k8s-ha; COMP_LINE='${line}'
         COMP_POINT=$((\${#COMP_LINE} - 3)); _k8s_ha; printf '%s\\n' "\${COMPREPLY[@]}"`,
      );

    it("asks for the line before the cursor, and takes the words without their descriptions", () => {
      expect(complete("k8s-ha a --b=c$(touch x)123")).toEqual([
        "complete -F _k8s_ha k8s-ha",
        "asked:k8s-ha a --b=c$(touch x)",
        "asked:two",
      ]);
    });

    it("leaves names of files to bash", () => {
      expect(complete("k8s-ha -i x123")).toEqual(["complete -F _k8s_ha k8s-ha", "compopt -o default"]);
    });
  });

  describe.runIf(has("zsh"))("zsh", () => {
    /** With the functions of zsh's completion system replaced by those that print what they are given. */
    const complete = (...words: string[]): string[] =>
      run(
        "zsh",
        ["-f"],
        `words=(k8s-ha ${words.map((word) => `'${word}'`).join(" ")} after); CURRENT=${words.length + 1}
         PREFIX=$words[CURRENT]; _k8s-ha`,
        `compdef() {}; _files() { print files; }; compset() { print "compset $*"; }
         _describe() { print -rl -- "$found[@]"; }`,
      );

    it("asks for the words before the cursor, and escapes colons", () => {
      expect(complete("a$(touch x)", "b")).toEqual([
        "asked\\:k8s-ha a$(touch x) b:what\\: it is",
        "asked\\:two:what\\: it is",
      ]);
    });

    it("leaves names of files to zsh, also after =", () => {
      expect(complete("-i", "x")).toEqual(["files"]);
      expect(complete("--x-i=x")).toEqual(["compset -P 1 *=", "files"]);
    });
  });

  describe.runIf(has("fish"))("fish", () => {
    const complete = (line: string): string[] => run("fish", ["--no-config"], `complete -C '${line}'`);

    it("asks for the line, and shows the descriptions", () => {
      expect(complete("k8s-ha a ask")).toEqual(["asked:k8s-ha a ask\twhat: it is", "asked:two\twhat: it is"]);
      expect(complete("k8s-ha --b=ask")).toContain("--b=asked:two\twhat: it is");
    });

    it("leaves names of files to fish, also after =", () => {
      writeFileSync(join(folder, "named.yaml"), "");
      expect(complete(`k8s-ha -i ${folder}/nam`)).toEqual([`${folder}/named.yaml`]);
      expect(complete(`k8s-ha --x-i=${folder}/nam`)).toEqual([`--x-i=${folder}/named.yaml`]);
    });
  });
});
