import type { Lab } from "../lab/lab.js";
import type { Digest } from "./digest.js";
import { difference } from "./digest.js";
import type { TimedChange } from "./kills.js";
import type { Hearer, Migrations, Outcome } from "./migration.js";

/** What an undisturbed run did, and what it led to. */
export interface Reference {
  readonly changes: readonly TimedChange[];
  readonly digest: Digest;
  readonly seconds: number;
}

/** A freshly restored lab, on which one case is played. */
export class Stage {
  /** How often the program was started. */
  runs = 0;

  constructor(
    readonly lab: Lab,
    readonly reference: Reference,
    readonly migrations: Migrations,
  ) {}

  async run(hear?: Hearer): Promise<Outcome> {
    this.runs++;
    return this.migrations.run(hear);
  }

  /** The end of every case: the lab is as after an undisturbed run. */
  async expectSameEnd(): Promise<void> {
    const diff = await difference(this.lab, this.reference.digest);
    if (diff !== "") throw new Error(`the end state differs from that of an undisturbed run:\n${diff}`);
  }
}

/** The last lines that are worth reading of what a run said. */
export function lastWords(outcome: Outcome): string {
  const lines = outcome.said.split("\n").filter((line) => !line.startsWith("{"));
  return `exit code ${outcome.exitCode}: ${lines.slice(-8).join("\n")}`;
}
