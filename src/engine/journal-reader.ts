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
>;

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

/** The journals in a directory, oldest first; empty if the directory does not exist. */
export function journalFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".ndjson"))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The id of the run whose journal this is. */
export function runIdOf(path: string): string {
  return basename(path, ".ndjson");
}

/** The records of a journal. An incomplete line, as after a power failure, is ignored: its change was not started. */
export function readJournal(path: string): JournalRecord[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as JournalRecord];
      } catch {
        return [];
      }
    });
}

/** The latest run in a journal directory; `undefined` if there is none. */
export function lastRun(folder: string): FormerRun | undefined {
  const path = journalFiles(folder).at(-1);
  if (path === undefined) return undefined;
  const records = readJournal(path);
  const started = records.find((record) => record.type === "run-started");
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
