import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMap, parseDocument } from "yaml";
import type { Lab } from "../lab/lab.js";
import { type CommandResult } from "../lab/lab.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** The built program, run where the operator sits, with a home of its own for its journals. */
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
    const document = parseDocument(readFileSync(lab.inventoryPath(), "utf8"));
    if (!isMap(document.contents)) throw new Error("the lab's inventory is no map");
    for (const [path, value] of Object.entries(edits)) document.setIn(path.split("."), value);
    writeFileSync(inventory, document.toString());
    return new Program(lab, folder, inventory);
  }

  run(command: string, ...options: readonly string[]): Promise<CommandResult> {
    const env = ["env", `XDG_STATE_HOME=${this.folder}/state`, "NO_COLOR=1"];
    const words = [...env, process.execPath, MAIN, command, "-i", this.inventory, ...options];
    return this.lab.exec(words);
  }
}
