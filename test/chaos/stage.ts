import { Program } from "../e2e/k8s-ha.js";
import type { Lab } from "../lab/lab.js";
import { difference } from "./digest.js";
import { type Hearer, Migrations, type Outcome } from "./migration.js";
import type { Reference } from "./reference.js";

/** The lab on which one case is played. */
export class Stage {
  /** How often the program was started. */
  runs = 0;
  #migrations: Migrations | undefined;

  /** `log`: the file that takes what the program says. */
  constructor(
    readonly lab: Lab,
    readonly reference: Reference,
    readonly log: string,
  ) {}

  /** Restores the lab; the next run is the first one. */
  async begin(): Promise<void> {
    await this.lab.restore();
    // No minute of waiting in each of them; the end is the same.
    const program = await Program.make(this.lab, { "cluster.certificateReload": "restart" });
    this.#migrations = new Migrations(program, this.log);
  }

  async run(hear?: Hearer): Promise<Outcome> {
    this.runs++;
    return this.#begun().run(hear);
  }

  get program(): Program {
    return this.#begun().program;
  }

  /** The end of every case: the lab is as after an undisturbed run. */
  async expectSameEnd(): Promise<void> {
    const diff = await difference(this.lab, this.reference.digest);
    if (diff !== "") throw new Error(`the end state differs from that of an undisturbed run:\n${diff}`);
  }

  #begun(): Migrations {
    if (this.#migrations === undefined) throw new Error("the stage has not begun");
    return this.#migrations;
  }
}

/** The last lines that are worth reading of what a run said. */
export function lastWords(outcome: Outcome): string {
  const lines = outcome.said.split("\n").filter((line) => !line.startsWith("{"));
  return `exit code ${outcome.exitCode}: ${lines.slice(-8).join("\n")}`;
}
