import { existsSync, readFileSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { LabIdentity } from "./identity.js";
import { type ProcessRecord, signal, startTime } from "./processes.js";
import { waitFor } from "./waiting.js";

/** The mounted hierarchies that hosts live in: every v1 hierarchy, or the unified one where there is no other. */
export function hierarchies(selfCgroup = readFileSync("/proc/self/cgroup", "utf8")): string[] {
  const v1 = selfCgroup
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([id, controllers]) => id !== "0" && controllers)
    .map(([, controllers]) => `/sys/fs/cgroup/${(controllers ?? "").replace("name=", "")}`);
  return v1.length > 0 ? v1 : ["/sys/fs/cgroup"];
}

function folders(top: string): string[] {
  const below = readdirSync(top, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => folders(join(top, entry.name))), top];
}

function membersOf(top: string): ProcessRecord[] {
  return folders(top)
    .flatMap((folder) => readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n"))
    .filter(Boolean)
    .map((pid) => ({ pid: Number(pid), startTime: startTime(Number(pid)) ?? "" }));
}

/** Removes the lab's cgroups (`within`: only one host's) and ends what is left in them, which the lab alone started. */
export async function removeCgroups(lab: LabIdentity, within = ""): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const top = join(hierarchy, lab.cgroup, within);
    await waitFor(`the end of what runs in ${top}`, 20, () => {
      if (!existsSync(top)) return true;
      try {
        for (const left of membersOf(top)) signal(left, "SIGKILL");
        for (const folder of folders(top)) rmdirSync(folder);
        return true;
      } catch {
        // Busy until the last process is reaped, or another one's removal came first.
        return undefined;
      }
    });
  }
}
