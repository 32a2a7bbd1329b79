import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Lab } from "../lab/lab.js";

const DOCS = join(import.meta.dirname, "../../docs/recovery.md");

interface Commands {
  readonly hosts: readonly string[];
  readonly script: string;
}

/** The commands of a section of docs/recovery.md; each block with the hosts named in its first line. */
function commandsOf(heading: string): readonly Commands[] {
  const [, section = ""] = readFileSync(DOCS, "utf8").split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const code = own
    .split("\n")
    .filter((line) => line.startsWith("       "))
    .map((line) => line.slice(7));
  return code
    .join("\n")
    .split(/^# on /m)
    .slice(1)
    .map((block) => {
      const [hosts = "", ...lines] = block.split("\n");
      return { hosts: hosts.split(", "), script: lines.join("\n") };
    });
}

/** Runs the commands of a section of docs/recovery.md, as root and in order; returns the hosts of each block. */
export async function runDocumentedCommands(lab: Lab, heading: string): Promise<readonly string[]> {
  const blocks = commandsOf(heading);
  for (const { hosts, script } of blocks) {
    for (const host of hosts) {
      const { stdout, stderr, exitCode } = await lab.ssh(`root@${host}`, "bash -e", { input: script });
      expect(`${host}: exit code ${exitCode}\n${script}\n${stdout}\n${stderr}`).toMatch(
        /^\w+: exit code 0\n/,
      );
    }
  }
  return blocks.map(({ hosts }) => hosts.join());
}
