import type { Change } from "../changes/change.js";
import type { Problem } from "../steps/step.js";

/** A change to undo, and the state to restore. */
export interface Undoing {
  /** The latest change of the same target. */
  readonly change: Change;
  readonly before: unknown;
}

/** A change to undo, with its description. */
export interface PlannedUndo extends Undoing {
  readonly host: string;
  readonly what: string;
  readonly interrupts?: string;
}

/** The changes of a step that are undone together. */
export interface PlannedUndoStep {
  readonly id: string;
  readonly title: string;
  readonly atATime: number;
  readonly undos: readonly PlannedUndo[];
}

/** All changes that a rollback undoes, and those that stay. */
export interface UndoPlan {
  readonly steps: readonly PlannedUndoStep[];
  readonly stays: readonly { readonly host: string; readonly what: string; readonly why: string }[];
  readonly problems: readonly Problem[];
  /** For each lost host with changes that stay applied a warning; absent if there is none. */
  readonly lostHosts?: readonly Problem[];
}
