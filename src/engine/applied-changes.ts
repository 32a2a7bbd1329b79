import type { Change } from "../changes/change.js";
import { isKnown, kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import { journalFiles, readJournal, type JournalRecord } from "./journal-reader.js";

/** A change that a run started and that no rollback has undone since. */
export interface AppliedChange {
  readonly step: string;
  readonly change: Change;
  /** The previous state that its kind recorded; absent for a change that cannot be undone. */
  readonly before?: unknown;
}

/**
 * Changes of all runs since the last complete rollback, in the order in which they were started.
 * @param uid see {@link journalFiles}
 * @throws Failure for a change of an unknown kind
 */
export function appliedChanges(folder: string, uid?: string): AppliedChange[] {
  return appliedIn(journalFiles(folder, uid).flatMap(readJournal));
}

/** {@link appliedChanges} of the records of all journals, in order. */
export function appliedIn(records: readonly JournalRecord[]): AppliedChange[] {
  let open: AppliedChange[] = [];
  for (const record of records) {
    if (record.type === "rolled-back") open = [];
    if (!("change" in record)) continue;
    const { step, change } = record;
    if (!isKnown(change)) {
      throw new Failure(`the journal contains a change of a kind unknown to this version: ${change.kind}`, {
        hint: "roll back with the version of k8s-ha that made it",
      });
    }
    if (record.type === "change-started") {
      const { before } = record;
      open.push({ step, change, ...(before !== undefined && { before }) });
    }
    if (record.type === "undo-done")
      open = open.filter((applied) => targetOf(applied.change) !== targetOf(change));
  }
  return open;
}

/** Identifies the target of a change; changes of the same target are undone as one. */
export function targetOf(change: Change): string {
  const { undo } = kindOf(change);
  return [change.kind, change.host, "stays" in undo ? "" : undo.target(change)].join("\0");
}
