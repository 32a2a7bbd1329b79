import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Baseline } from "./baseline.js";
import type { EngineEvent } from "./events.js";
import type { Origin } from "./origin.js";
import type { Scope } from "./scope.js";

/** The change of a record may be of a kind that this version does not know. */
type WithUnknownChange<E> = E extends { readonly change: unknown }
  ? Omit<E, "change"> & { readonly change: { readonly kind: string } }
  : E;

/** A record of a journal: an event that `Journal` writes. */
export type JournalRecord = WithUnknownChange<
  Exclude<EngineEvent, { type: "planned" | "rollback-planned" | "note" }>
> & {
  /** When it was written, in ISO 8601. */
  readonly at: string;
  /** Of a failed step: the operator requested it. */
  readonly stopped?: true;
};

/** The journal of a run. */
export interface RunJournal {
  readonly runId: string;
  readonly records: readonly JournalRecord[];
}

/** State and result of a previous run of the same inventory. */
export interface FormerRun {
  readonly runId: string;
  readonly path: string;
  readonly finished: boolean;
  /** The run was a rollback. */
  readonly isRollback: boolean;
  /** The last step that it started. */
  readonly step: string | undefined;
  /** Its inputs; `undefined` if it was killed before it recorded them. */
  readonly origin: Origin | undefined;
  /** The part of the playbook that it applied; `undefined` likewise. */
  readonly scope: Scope | undefined;
  /** What the cluster had before the run, or before the run that it resumed. */
  readonly baseline: Baseline | undefined;
}

/**
 * The journals in a directory, oldest first; empty if the directory does not exist.
 * @param uid without the journals of a cluster with another UID, which had the same CA; `undefined` if it is not known
 */
export function journalFiles(folder: string, uid?: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".ndjson"))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => isOfCluster(readJournal(path), uid));
}

/** Whether a journal is of the cluster with this UID, as far as both are known. */
export function isOfCluster(records: readonly JournalRecord[], uid: string | undefined): boolean {
  if (uid === undefined) return true;
  const own = startOf(records)?.cluster.uid;
  return own === undefined || own === uid;
}

/** The first record of a run; `undefined` if it was killed before it wrote one. */
export function startOf(records: readonly JournalRecord[]) {
  return records.find((record) => record.type === "run-started");
}

/** The id of the run whose journal this is. */
export function runIdOf(path: string): string {
  return basename(path, ".ndjson");
}

/** The records of a journal. An incomplete line, as after a power failure, is ignored: its change was not started. */
export function readJournal(path: string): JournalRecord[] {
  return recordsOf(readFileSync(path, "utf8"));
}

/** The records in the text of a journal; see {@link readJournal}. */
export function recordsOf(text: string): JournalRecord[] {
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalRecord];
    } catch {
      return [];
    }
  });
}

/** The latest run in a journal directory, see {@link journalFiles}; `undefined` if there is none. */
export function lastRun(folder: string, uid?: string): FormerRun | undefined {
  const path = journalFiles(folder, uid).at(-1);
  if (path === undefined) return undefined;
  const records = readJournal(path);
  const started = startOf(records);
  return {
    runId: runIdOf(path),
    path,
    finished: records.some(({ type }) => type === "run-done" || type === "rolled-back"),
    isRollback: started?.mode === "rollback",
    step: records.findLast((record) => record.type === "step-started")?.step,
    origin: started?.origin,
    scope: started?.scope,
    baseline: records.find((record) => record.type === "baseline")?.baseline,
  };
}

/** What the cluster had before the first of the runs that no rollback has undone since; see {@link journalFiles}. */
export function firstBaseline(folder: string, uid?: string): Baseline | undefined {
  const records = journalFiles(folder, uid).flatMap(readJournal);
  const undone = records.findLastIndex(({ type }) => type === "rolled-back");
  return records.slice(undone + 1).find((record) => record.type === "baseline")?.baseline;
}
