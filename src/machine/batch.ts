import { randomBytes } from "node:crypto";
import { sh, shellLines, type Shell } from "../shell/shell.js";
import type { RemoteResult } from "../transport/transport.js";

/**
 * Several scripts as one, each in its own subshell, with outputs and exit codes separated by a random line that no
 * output contains.
 */
export function frame(scripts: readonly Shell[]): {
  script: Shell;
  split: (result: RemoteResult) => RemoteResult[];
} {
  const mark = `k8s-ha-${randomBytes(12).toString("hex")}`;
  const pieces = scripts.map((script) =>
    shellLines(
      sh`(`,
      script,
      sh`) </dev/null`,
      sh`printf '\n%s %s\n' ${mark} $?`,
      sh`printf '\n%s\n' ${mark} >&2`,
    ),
  );
  return { script: shellLines(...pieces), split: (result) => split(result, mark, scripts.length) };
}

function split(result: RemoteResult, mark: string, count: number): RemoteResult[] {
  const errors = result.stderr.split(`\n${mark}\n`);
  const parts = result.stdout.split(new RegExp(`\\n${mark} (\\d+)\\n`));
  // split() with one group gives: output, code, output, code, …, rest
  if (parts.length !== 2 * count + 1) {
    const got = (parts.length - 1) / 2;
    const errorText = result.stderr.replaceAll(mark, "").trim();
    throw new Error(
      `incomplete query output: ${got} of ${count} parts, exit code ${result.code}${errorText && `: ${errorText}`}`,
    );
  }
  return Array.from({ length: count }, (_, i) => ({
    stdout: parts[2 * i] ?? "",
    code: Number(parts[2 * i + 1]),
    stderr: errors[i] ?? "",
  }));
}
