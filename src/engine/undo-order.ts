import { kindOf, type Change } from "../changes/change.js";
import type { Undo } from "../changes/kind.js";
import { targetOf, type AppliedChange } from "./applied-changes.js";
import type { Undoing } from "./planned-undo.js";

/** The changes of one step, in the order in which they are undone. */
export interface UndoGroup {
  readonly step: string;
  readonly undoings: readonly Undoing[];
}

/** The undo operation of a change; `undefined` if it cannot be undone. */
export function undoOf(change: Change): Undo<Change, unknown> | undefined {
  const { undo } = kindOf(change);
  return "stays" in undo ? undefined : undo;
}

/**
 * The order of a rollback: the reverse of the changes. A target that was changed several times returns to its state
 * before the first change, at that change's position. In each step, files are restored before services reload them.
 */
export function inReverse(appliedChanges: readonly AppliedChange[]): UndoGroup[] {
  const things = new Map<string, AppliedChange>();
  for (const applied of appliedChanges) {
    const undo = undoOf(applied.change);
    if (undo === undefined || applied.before === undefined) continue;
    const key = targetOf(applied.change);
    const earlier = things.get(key);
    const before =
      earlier === undefined
        ? applied.before
        : (undo.merge?.(earlier.before, applied.before) ?? earlier.before);
    things.set(key, { step: earlier?.step ?? applied.step, change: applied.change, before });
  }
  const groups: { step: string; undoings: Undoing[] }[] = [];
  for (const { step, change, before } of withoutReset([...things.values()])) {
    if (groups.at(-1)?.step !== step) groups.push({ step, undoings: [] });
    groups.at(-1)?.undoings.push({ change, before });
  }
  return groups.reverse().map(({ step, undoings }) => {
    const back = undoings.reverse();
    const activates = ({ change }: Undoing): boolean => undoOf(change)?.activates === true;
    return { step, undoings: [...back.filter((u) => !activates(u)), ...back.filter(activates)] };
  });
}

/** Drops changes made on a machine after its join: its reset undoes them, unless they survive it. */
function withoutReset(appliedChanges: readonly AppliedChange[]): AppliedChange[] {
  const joined = new Set<string>();
  return appliedChanges.filter(({ change }) => {
    if (joined.has(change.host)) return kindOf(change).survivesReset === true;
    if (kindOf(change).addsNode === true) joined.add(change.host);
    return true;
  });
}
