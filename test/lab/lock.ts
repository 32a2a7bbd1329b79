import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "./errors.js";
import type { LabIdentity } from "./identity.js";
import { ownRecord, recordedProcess } from "./processes.js";

/** Lets one process at a time change the lab; a lock whose holder was killed is taken over. */
export async function exclusively<T>(lab: LabIdentity, change: () => Promise<T>): Promise<T> {
  mkdirSync(lab.runFolder, { recursive: true, mode: 0o700 });
  const file = join(lab.runFolder, "lock");
  try {
    writeFileSync(file, ownRecord(), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = recordedProcess(file);
    if (holder)
      throw new LabError(`Another command (process ${holder.pid}) is changing the lab; wait for its end.`);
    rmSync(file, { force: true });
    writeFileSync(file, ownRecord(), { flag: "wx" });
  }
  try {
    return await change();
  } finally {
    if (readFileSync(file, "utf8") === ownRecord()) rmSync(file);
  }
}
