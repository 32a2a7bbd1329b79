import { readFileSync } from "node:fs";
import type { Change } from "../changes/change.js";
import { isKnown, kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import { journalFiles } from "./journal.js";

/** A change that some run began, and that no rollback took back since. */
export interface AppliedChange {
  readonly step: string;
  readonly change: Change;
  /** What its kind found before; absent for a change that stays. */
  readonly before?: unknown;
}

/** What a journal says that matters here. */
interface Line {
  readonly type: string;
  readonly step?: string;
  readonly change?: { readonly kind: string };
  readonly before?: unknown;
}

/**
 * What all runs of an inventory changed since the last complete rollback, in the order in which they began it.
 * @throws Failure for a change that this version does not know
 */
export function appliedChanges(folder: string): AppliedChange[] {
  let open: AppliedChange[] = [];
  for (const { type, step, change, before } of journalFiles(folder).flatMap((path) => lines(path))) {
    if (type === "rolled-back") open = [];
    if (step === undefined || change === undefined) continue;
    if (!isKnown(change)) {
      throw new Failure(
        `the journal has a change of a kind that this version does not know: ${change.kind}`,
        {
          hint: "roll back with the version of k8s-ha that made it",
        },
      );
    }
    if (type === "change-started") open.push({ step, change, ...(before !== undefined && { before }) });
    if (type === "undo-done") open = open.filter((applied) => targetOf(applied.change) !== targetOf(change));
  }
  return open;
}

/** Names what a change is about: changes with the same name are taken back as one. */
export function targetOf(change: Change): string {
  const { undo } = kindOf(change);
  return [change.kind, change.host, "stays" in undo ? "" : undo.target(change)].join("\0");
}

/** A line that a power cut left half written was never acted upon. */
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
