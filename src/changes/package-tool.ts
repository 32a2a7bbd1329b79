import type { Shell } from "../shell/shell.js";

/** The packages that an installation adds, including dependencies. */
export interface Arriving {
  /** They were not present at all. */
  readonly purge: readonly string[];
  /** They had been removed but not purged: the undo keeps their configuration. */
  readonly remove: readonly string[];
}

/** A package manager: its scripts, and parsers for their output. */
export interface PackageTool {
  /** Installs without questions; safe to call again after it was interrupted. */
  install(names: readonly string[]): Shell;
  /** Prints what {@link install} would do, without doing it. */
  simulateInstall(names: readonly string[]): Shell;
  arriving(out: string): Arriving;
  /** Prints what a removal of these would remove, without doing it. */
  simulateRemoval(names: readonly string[]): Shell;
  leaving(out: string): readonly string[];
  /** Removes those of these that are still installed; safe to call again. */
  removal(packages: Arriving): Shell;
}
