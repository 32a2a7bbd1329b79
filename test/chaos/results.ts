import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { labIdentity } from "../lab/identity.js";
import type { Reference } from "./reference.js";

/** The result of a case. */
export interface Result {
  readonly name: string;
  readonly group: string;
  readonly passed: boolean;
  /** The failure. */
  readonly why?: string;
  /** The number of runs of the program. */
  readonly runs: number;
  readonly seconds: number;
}

/** The results of one build of the program, below the lab's cache folder; each result is saved at once. */
export class Results {
  readonly folder: string;

  constructor(folder = join(dirname(labIdentity().runFolder), "chaos", codeHash())) {
    this.folder = folder;
    mkdirSync(join(folder, "logs"), { recursive: true });
  }

  forget(): void {
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(join(this.folder, "logs"), { recursive: true });
  }

  reference(): Reference | undefined {
    return this.#read("reference.json") as Reference | undefined;
  }

  keepReference(reference: Reference): void {
    this.#write("reference.json", reference);
    writeFileSync(join(this.folder, "reference.txt"), reference.digest.listing);
  }

  all(): readonly Result[] {
    return (this.#read("results.json") ?? []) as Result[];
  }

  keep(result: Result): void {
    this.#write("results.json", [...this.all().filter(({ name }) => name !== result.name), result]);
  }

  /** The file for the program's output during a case; it does not exist at first. */
  logOf(name: string): string {
    const file = join(this.folder, "logs", `${name.replaceAll(/[^\w.-]+/g, "-").slice(0, 120)}.log`);
    rmSync(file, { force: true });
    return file;
  }

  #read(name: string): unknown {
    const file = join(this.folder, name);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  }

  #write(name: string, value: unknown): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.new`, JSON.stringify(value, undefined, 1));
    renameSync(`${file}.new`, file);
  }
}

/** What a result depends on: the built program, its playbook, and the scripts that read an end state. */
function codeHash(): string {
  const root = join(import.meta.dirname, "../..");
  const hash = createHash("sha256");
  for (const folder of ["dist", "playbooks", "test/chaos"]) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => folder !== "test/chaos" || file.endsWith(".sh"))
      .filter((file) => /\.\w+$/.test(file))
      .sort();
    for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}
