import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { makeProgram } from "../../src/cli/program.js";

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-completion-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes the script that `completion SHELL` prints to a file. */
async function scriptOf(shell: string): Promise<string> {
  const printed: string[] = [];
  const print = (text: unknown): boolean => printed.push(String(text)) > 0;
  const log = vi.spyOn(console, "log").mockImplementation((text: unknown) => void print(`${String(text)}\n`));
  const write = vi.spyOn(process.stdout, "write").mockImplementation(print);
  try {
    await makeProgram().parseAsync(["completion", shell], { from: "user" });
  } finally {
    log.mockRestore();
    write.mockRestore();
  }
  const file = join(folder, shell);
  writeFileSync(file, printed.join(""));
  return file;
}

const hasShell = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

describe("k8s-ha completion", () => {
  it("registers a function in bash, and names of files where there is nothing else", async () => {
    const file = await scriptOf("bash");
    const registered = execFileSync("bash", ["-c", `. ${file}; complete -p k8s-ha; declare -F`]).toString();
    const name = /^complete -o default -F (\S+) k8s-ha$/m.exec(registered)?.[1];
    expect(registered).toContain(`declare -f ${name}\n`);
  });

  it.runIf(hasShell("zsh"))("is valid in zsh", async () => {
    execFileSync("zsh", ["-n", await scriptOf("zsh")]);
  });

  it.runIf(hasShell("fish"))("is valid in fish", async () => {
    execFileSync("fish", ["-n", await scriptOf("fish")]);
  });

  it("refuses another shell, and names those that there are", async () => {
    await expect(makeProgram().parseAsync(["completion", "csh"], { from: "user" })).rejects.toThrow(
      "Allowed choices are bash, zsh, fish",
    );
  });
});
