import { readFileSync } from "node:fs";
import type { Change } from "../changes/change.js";
import { isKnown, kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import { journalFiles } from "./journal.js";

/** A change that a run started and that no rollback has undone since. */
export interface AppliedChange {
  readonly step: string;
  readonly change: Change;
  /** The previous state that its kind recorded; absent for a change that cannot be undone. */
  readonly before?: unknown;
}

/** The fields of a journal record that are read here. */
interface Line {
  readonly type: string;
  readonly step?: string;
  readonly change?: { readonly kind: string };
  readonly before?: unknown;
}

/**
 * Changes of all runs of an inventory since the last complete rollback, in the order in which they were started.
 * @throws Failure for a change of an unknown kind
 */
export function appliedChanges(folder: string): AppliedChange[] {
  let open: AppliedChange[] = [];
  for (const { type, step, change, before } of journalFiles(folder).flatMap((path) => lines(path))) {
    if (type === "rolled-back") open = [];
    if (step === undefined || change === undefined) continue;
    if (!isKnown(change)) {
      throw new Failure(`the journal contains a change of a kind unknown to this version: ${change.kind}`, {
        hint: "roll back with the version of k8s-ha that made it",
      });
    }
    if (type === "change-started") open.push({ step, change, ...(before !== undefined && { before }) });
    if (type === "undo-done") open = open.filter((applied) => targetOf(applied.change) !== targetOf(change));
  }
  return open;
}

/** Identifies the target of a change; changes of the same target are undone as one. */
export function targetOf(change: Change): string {
  const { undo } = kindOf(change);
  return [change.kind, change.host, "stays" in undo ? "" : undo.target(change)].join("\0");
}

/** Ignores incomplete lines, as after a power failure: their changes were not started. */
function lines(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((text) => {
      try {
        return [JSON.parse(text) as Line];
      } catch {
        return [];
      }
    });
}
