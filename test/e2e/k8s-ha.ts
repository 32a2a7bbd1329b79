import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMap, parseDocument } from "yaml";
import type { Lab } from "../lab/lab.js";
import { type CommandResult } from "../lab/lab.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

interface PlannedChange {
  readonly step: string;
  readonly change: { readonly kind: string; readonly host: string };
}

/** Sorted, so that the order does not depend on which host was faster; without estimates, which may differ. */
export function sorted(changes: readonly PlannedChange[]): readonly PlannedChange[] {
  return changes
    .map(({ step, change }) => ({ step, change: { ...change, estimate: undefined } }))
    .toSorted((a, b) => key(a).localeCompare(key(b)));
}

function key({ step, change }: PlannedChange): string {
  return `${step} ${change.host} ${JSON.stringify(change)}`;
}

/** The built program, run on the operator's machine, with its own home directory for journals. */
export class Program {
  private constructor(
    readonly lab: Lab,
    readonly folder: string,
    readonly inventory: string,
  ) {}

  /** `edits` are set in the lab's own inventory: `{"cluster.pki": "copy"}`. */
  static async make(lab: Lab, edits: Readonly<Record<string, unknown>> = {}): Promise<Program> {
    const folder = await mkdtemp(join(tmpdir(), "k8s-ha-e2e-"));
    const inventory = join(folder, "inventory.yaml");
    copyFileSync(lab.inventoryPath(), inventory);
    const program = new Program(lab, folder, inventory);
    program.edit(edits);
    return program;
  }

  /** Sets values in the inventory by their paths. */
  edit(values: Readonly<Record<string, unknown>>): void {
    const document = parseDocument(readFileSync(this.inventory, "utf8"));
    if (!isMap(document.contents)) throw new Error("the lab's inventory is no map");
    for (const [path, value] of Object.entries(values)) document.setIn(path.split("."), value);
    writeFileSync(this.inventory, document.toString());
  }

  run(command: string, ...options: readonly string[]): Promise<CommandResult> {
    return this.lab.exec(this.#words(command, options));
  }

  /** Starts the program and returns at once; the caller reads its output. */
  start(command: string, ...options: readonly string[]): ChildProcess {
    const [first = "", ...rest] = [...this.lab.execLine(), ...this.#words(command, options)];
    return spawn(first, rest, { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Kills the program, like a power loss of the operator's machine, when its journal contains this text. */
  async runUntil(text: string, command: string, ...options: readonly string[]): Promise<void> {
    const former = new Set(this.#journalFiles());
    const child = this.start(command, ...options);
    child.stdout?.resume();
    let output = "";
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "exit");
    const end = Date.now() + 240_000;
    while (!this.journal(former).includes(text)) {
      if (Date.now() > end || child.exitCode !== null) {
        throw new Error(`the journal never contained ${text}; exit code ${child.exitCode}:\n${output}`);
      }
      await delay(100);
    }
    child.kill("SIGKILL");
    await ended;
  }

  /** The content of the journals of all runs, or of all except these files. */
  journal(former: ReadonlySet<string> = new Set()): string {
    return this.#journalFiles()
      .filter((file) => !former.has(file))
      .map((file) => readFileSync(file, "utf8"))
      .join("");
  }

  #journalFiles(): readonly string[] {
    const folder = join(this.folder, "state/k8s-ha");
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    return files
      .filter((file) => file.endsWith(".ndjson"))
      .sort()
      .map((file) => join(folder, file));
  }

  /** Every change that a plan lists: step and change, in order. */
  async planned(...options: readonly string[]): Promise<readonly PlannedChange[]> {
    const { stdout } = await this.run("plan", "--json", ...options);
    const { steps } = JSON.parse(stdout) as {
      steps: readonly { id: string; changes: readonly { change: PlannedChange["change"] }[] }[];
    };
    return steps.flatMap(({ id, changes }) => changes.map(({ change }) => ({ step: id, change })));
  }

  /** Every change that the journals record as started, in order. */
  begun(): readonly PlannedChange[] {
    const records = this.journal()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as PlannedChange & { type: string });
    return records
      .filter(({ type }) => type === "change-started")
      .map(({ step, change }) => ({ step, change }));
  }

  #words(command: string, options: readonly string[]): string[] {
    const env = ["env", `XDG_STATE_HOME=${this.folder}/state`, "NO_COLOR=1"];
    return [...env, process.execPath, MAIN, command, "-i", this.inventory, ...options];
  }
}
