import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll } from "vitest";

/**
 * The tests of this file use the real ssh with a configuration of their own in place of the operator's. (The home
 * folder that ssh looks into is the one in /etc/passwd, so HOME would not do.)
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
