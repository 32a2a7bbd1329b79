import { readFileSync, readlinkSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** When a process started, in the kernel's ticks since boot; `undefined` where there is none, or only its zombie. */
export function startTime(pid: number): string | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" || fields[0] === "Z" ? undefined : fields[19];
}

/** The process that a `PID START_TIME` file records, if that very process still runs. */
export function recordedProcess(file: string): ProcessRecord | undefined {
  const [pid, recorded] = readOrNothing(file).trim().split(" ");
  if (pid === undefined || recorded === undefined) return undefined;
  return startTime(Number(pid)) === recorded ? { pid: Number(pid), startTime: recorded } : undefined;
}

/** This process, for such a file. */
export function ownRecord(): string {
  return `${process.pid} ${startTime(process.pid) ?? ""}\n`;
}

/** Whether that very process still runs. */
export function isAlive(record: ProcessRecord): boolean {
  return startTime(record.pid) === record.startTime;
}

/** Sends a signal, unless the process is gone. */
export function signal(record: ProcessRecord, name: NodeJS.Signals | number): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function children(pid: number): number[] {
  return readOrNothing(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** The first process below `ancestor` that is PID 1 of a pid namespace of its own: a host's systemd. */
export function containerInit(ancestor: number): ProcessRecord | undefined {
  for (let level = [ancestor]; level.length > 0; level = level.flatMap(children)) {
    for (const pid of level) {
      const namespaced =
        /^NSpid:\s+(.*)$/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1]?.split(/\s+/) ?? [];
      const started = startTime(pid);
      if (namespaced.length > 1 && namespaced.at(-1) === "1" && started !== undefined) {
        return { pid, startTime: started };
      }
    }
  }
  return undefined;
}

/** The network namespace a process is in, as the kernel names it. */
export function networkNamespace(pid: number | "self"): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}
