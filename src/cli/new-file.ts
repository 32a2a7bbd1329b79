import { access, writeFile } from "node:fs/promises";
import { InvalidFile } from "../config-source/invalid-file.js";
import { parseInventory } from "../inventory/load.js";
import { UsageError } from "./usage.js";

/** Standard output, as the name of a file. */
const STDOUT = "-";

/** @throws UsageError if the file exists: k8s-ha never overwrites an inventory */
export async function requireNew(file: string): Promise<void> {
  if (file !== STDOUT && (await exists(file))) throw alreadyThere(file);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function alreadyThere(file: string): UsageError {
  return new UsageError(`${file} exists, and is not overwritten`, {
    hint: "choose another file with --output, or move this one away",
  });
}

/**
 * Writes an inventory's text to a new file or to standard output.
 * @throws UsageError if the machines and choices make no valid inventory, or the file exists
 */
export async function writeInventory(text: string, file: string): Promise<void> {
  try {
    parseInventory(text, file === STDOUT ? "inventory.yaml" : file);
  } catch (error) {
    if (!(error instanceof InvalidFile)) throw error;
    const problems = error.problems.map(({ message }) => message).join("\n");
    throw new UsageError(`no inventory is valid with these machines:\n${problems}`, {
      hint: "see the options --join, --lb and --vip",
      cause: error,
    });
  }
  if (file === STDOUT) {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw alreadyThere(file);
    throw new UsageError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  process.stderr.write(`written: ${file}\nnext: k8s-ha plan -i ${file}\n`);
}
