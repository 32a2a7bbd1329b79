import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Program } from "../e2e/k8s-ha.js";
import { parseTold, type Told } from "./told.js";

/** So long may a run take, whatever is done to it, until it has ended by itself. */
const LIMIT_SECONDS = 420;
/** The exit code that says that another run, or the rest of one, holds the cluster's lock. */
const LOCKED = 6;
/** Within so long a killed program's lock is gone. */
const LOCK_SECONDS = 20;

/** What a run of the program came to. */
export interface Outcome {
  /** 137 for a killed one. */
  readonly exitCode: number;
  /** All that it said, on standard output and standard error. */
  readonly said: string;
  readonly told: readonly Told[];
}

/** Hears of a run's changes while it goes on; may kill it. */
export type Hearer = (told: Told, kill: () => void) => void;

/** `migrate --yes --json`, with `--resume` where a run was begun already, its output also kept in a file. */
export class Migrations {
  constructor(
    readonly program: Program,
    readonly log: string,
  ) {}

  async run(hear: Hearer = () => undefined): Promise<Outcome> {
    const end = Date.now() + LOCK_SECONDS * 1000;
    for (;;) {
      const outcome = await this.#once(hear);
      if (outcome.exitCode !== LOCKED || Date.now() > end) return outcome;
      await delay(1000);
    }
  }

  async #once(hear: Hearer): Promise<Outcome> {
    const begun = this.program.journal() === "" ? [] : ["--resume"];
    const child = this.program.start("migrate", "--yes", "--json", ...begun);
    const overdue = setTimeout(() => child.kill("SIGKILL"), LIMIT_SECONDS * 1000);
    const lines: string[] = [];
    const told: Told[] = [];
    const note = (line: string): void => {
      lines.push(line);
      appendFileSync(this.log, `${line}\n`);
    };
    note(`=== ${new Date().toISOString()} migrate ${begun.join(" ")}`);
    const outputs = [child.stdout, child.stderr].map(async (stream) => {
      if (stream === null) return;
      for await (const line of createInterface(stream)) {
        note(line);
        const event = parseTold(line);
        if (event === undefined) continue;
        told.push(event);
        hear(event, () => child.kill("SIGKILL"));
      }
    });
    const exitCode = await ended(child);
    await Promise.all(outputs);
    clearTimeout(overdue);
    note(`=== exit code ${exitCode}`);
    return { exitCode, said: lines.join("\n"), told };
  }
}

async function ended(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 137;
}
