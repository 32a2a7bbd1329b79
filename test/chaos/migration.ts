import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "../e2e/k8s-ha.js";
import { parseChangeEvent, type ChangeEvent } from "./change-events.js";

/** The time limit of a run with any fault. */
const LIMIT_SECONDS = 420;
/** The exit code if another run, or a leftover of one, holds the cluster's lock. */
const LOCKED = 6;
/** A killed program's lock is released within this time. */
const LOCK_SECONDS = 20;

/** The result of a run of the program. */
export interface Outcome {
  /** 137 for a killed one. */
  readonly exitCode: number;
  /** Its output, on standard output and standard error. */
  readonly output: string;
  readonly events: readonly ChangeEvent[];
}

/** Receives a run's events while it runs; may kill it. */
export type OnEvent = (events: ChangeEvent, kill: () => void) => void;

/** `migrate --yes --json`, with `--resume` if a run was started before; its output is also written to a file. */
export class Migrations {
  constructor(
    readonly program: Program,
    readonly log: string,
  ) {}

  async run(onEvent: OnEvent = () => undefined): Promise<Outcome> {
    const end = Date.now() + LOCK_SECONDS * 1000;
    for (;;) {
      const outcome = await this.#once(onEvent);
      if (outcome.exitCode !== LOCKED || Date.now() > end) return outcome;
      await delay(1000);
    }
  }

  async #once(onEvent: OnEvent): Promise<Outcome> {
    const begun = this.program.journal() === "" ? [] : ["--resume"];
    const child = this.program.start("migrate", "--yes", "--json", ...begun);
    const overdue = setTimeout(() => child.kill("SIGKILL"), LIMIT_SECONDS * 1000);
    const lines: string[] = [];
    const events: ChangeEvent[] = [];
    const note = (line: string): void => {
      lines.push(line);
      appendFileSync(this.log, `${line}\n`);
    };
    note(`=== ${new Date().toISOString()} migrate ${begun.join(" ")}`);
    const outputs = [child.stdout, child.stderr].map(async (stream) => {
      if (stream === null) return;
      for await (const line of createInterface(stream)) {
        note(line);
        const event = parseChangeEvent(line);
        if (event === undefined) continue;
        events.push(event);
        onEvent(event, () => child.kill("SIGKILL"));
      }
    });
    const exitCode = await ended(child);
    await Promise.all(outputs);
    clearTimeout(overdue);
    note(`=== exit code ${exitCode}`);
    return { exitCode, output: lines.join("\n"), events };
  }
}

async function ended(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 137;
}
