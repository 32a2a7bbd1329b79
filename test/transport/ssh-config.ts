import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/**
 * The tests of this file use the real ssh with their own configuration in place of the operator's. (ssh uses the home
 * folder in /etc/passwd, so HOME would have no effect.)
 */
export function useSshConfig(): { write(...lines: string[]): void } {
  const folder = mkdtempSync(join(tmpdir(), "k8s-ha-ssh-config-"));
  const file = join(folder, "config");
  const write = (...lines: string[]): void => {
    writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  };
  write();
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${file}' "$@"\n`, { mode: 0o755 });
  const path = process.env["PATH"] ?? "";
  beforeAll(() => {
    process.env["PATH"] = `${folder}${delimiter}${path}`;
  });
  afterAll(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });
  return { write };
}
