import { Program } from "../e2e/k8s-ha.js";
import type { Lab } from "../lab/lab.js";
import { difference } from "./digest.js";
import { type OnEvent, Migrations, type Outcome } from "./migration.js";
import type { Reference } from "./reference.js";

/** The lab on which one case is played. */
export class Stage {
  /** The number of runs of the program. */
  runs = 0;
  #migrations: Migrations | undefined;

  /** `log`: the file for the program's output. */
  constructor(
    readonly lab: Lab,
    readonly reference: Reference,
    readonly log: string,
  ) {}

  /** Restores the lab; the next run is the first one. */
  async begin(): Promise<void> {
    await this.lab.restore();
    // Avoids a minute of waiting in each run; the end state is the same.
    const program = await Program.make(this.lab, { "cluster.certificateReload": "restart" });
    this.#migrations = new Migrations(program, this.log);
  }

  async run(onEvent?: OnEvent): Promise<Outcome> {
    this.runs++;
    return this.#begun().run(onEvent);
  }

  get program(): Program {
    return this.#begun().program;
  }

  /** The end of every case: the lab is as after the reference run. */
  async expectSameEnd(): Promise<void> {
    const diff = await difference(this.lab, this.reference.digest);
    if (diff !== "") throw new Error(`the end state differs from that of the reference run:\n${diff}`);
  }

  #begun(): Migrations {
    if (this.#migrations === undefined) throw new Error("the stage has not begun");
    return this.#migrations;
  }
}

/** The last lines of a run's output without its JSON events. */
export function lastLines(outcome: Outcome): string {
  const lines = outcome.output.split("\n").filter((line) => !line.startsWith("{"));
  return `exit code ${outcome.exitCode}: ${lines.slice(-8).join("\n")}`;
}
