import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Inventory } from "../inventory/schema.js";
import { firstMaster } from "../inventory/targets.js";
import type { ReadOnlyHost } from "../machine/host.js";
import { compareWithCopies } from "./journal-copies.js";
import { isOfCluster, journalFiles, recordsOf, runIdOf, type RunJournal } from "./journal-reader.js";
import { journalRoot } from "./journal.js";
import type { Origin } from "./origin.js";
import { latestRun, type RunState } from "./run-state.js";

/**
 * The journals of a cluster in order: those of this machine, and those that only hosts have. Changes nothing, so it can
 * be read while a run writes them.
 * @param hosts the hosts to read copies from
 * @param uid see {@link journalFiles}
 */
export async function knownJournals(
  hosts: readonly ReadOnlyHost[],
  folder: string,
  uid: string | undefined,
): Promise<{ journals: readonly RunJournal[]; stale: readonly string[] }> {
  const { newer, stale } = await compareWithCopies(hosts, folder);
  const names = new Set([...journalFiles(folder).map((path) => basename(path)), ...newer.keys()]);
  const journals = [...names].sort().map((name): RunJournal => {
    const text = newer.get(name) ?? readFileSync(join(folder, name), "utf8");
    return { runId: runIdOf(name), records: recordsOf(text) };
  });
  return { journals: journals.filter(({ records }) => isOfCluster(records, uid)), stale };
}

/**
 * The directory on this machine with the journals of the latest run with this first master: for a cluster that cannot
 * be identified, because none of its masters can be reached. `undefined` if there is none.
 */
export function folderOfFirstMaster(inventory: Inventory): string | undefined {
  const { address } = firstMaster(inventory);
  const runs = foldersBelow(journalRoot()).flatMap((folder) => {
    const journals = journalFiles(folder).map((path) => ({
      runId: runIdOf(path),
      records: recordsOf(readFileSync(path, "utf8")),
    }));
    const run = latestRun(journals);
    return run !== undefined && firstAddress(run) === address ? [{ folder, runId: run.runId }] : [];
  });
  return runs.toSorted((a, b) => a.runId.localeCompare(b.runId)).at(-1)?.folder;
}

/** The address of a run's first master; `undefined` for a journal of another version that has no inventory. */
function firstAddress(run: RunState): string | undefined {
  const { inventory } = (run.origin as Partial<Origin> | undefined) ?? {};
  return inventory?.content.controlPlane[0]?.address;
}

function foldersBelow(root: string): string[] {
  try {
    return readdirSync(root).map((name) => join(root, name));
  } catch {
    return [];
  }
}
