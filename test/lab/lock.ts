import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LabError } from "./errors.js";
import type { LabIdentity } from "./identity.js";
import { ownRecord, type ProcessRecord, recordedProcess } from "./processes.js";
import { waitFor } from "./waiting.js";

/** Takes a lock, or says who holds it; one whose holder was killed is taken over. */
function take(file: string): ProcessRecord | undefined {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, ownRecord(), { flag: "wx" });
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const holder = recordedProcess(file);
  if (holder) return holder;
  rmSync(file, { force: true });
  return take(file);
}

async function holding<T>(file: string, what: () => Promise<T>): Promise<T> {
  try {
    return await what();
  } finally {
    if (readFileSync(file, "utf8") === ownRecord()) rmSync(file);
  }
}

/** Lets one process at a time change a lab; another one is refused. */
export async function exclusively<T>(lab: LabIdentity, change: () => Promise<T>): Promise<T> {
  const file = join(lab.runFolder, "lock");
  const holder = take(file);
  if (holder) {
    throw new LabError(`Another command (process ${holder.pid}) is changing the lab; wait for its end.`);
  }
  return holding(file, change);
}

/** Lets one lab at a time use the build folder, which all labs share; another one waits. */
export async function buildingAlone<T>(lab: LabIdentity, build: () => Promise<T>): Promise<T> {
  const file = join(lab.buildFolder, "lock");
  await waitFor("another lab to end its build", 1200, () => (take(file) ? undefined : true), 500);
  return holding(file, build);
}
