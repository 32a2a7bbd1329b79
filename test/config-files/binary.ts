import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a program is, looked for in PATH and where daemons lie; says so aloud when a test must go without. */
export function binary(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined)
    console.warn(`SKIPPED: no ${name} on this machine, so its own check of our text did not run`);
  return found;
}
