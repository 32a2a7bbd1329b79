import type { Shell } from "../shell/shell.js";

/** The packages that come, dependencies among them. */
export interface Arriving {
  /** Nothing of them was there. */
  readonly purge: readonly string[];
  /** Removed before, with their configuration left: it stays again. */
  readonly remove: readonly string[];
}

/** What is different from one package manager to the other: scripts, and how to read what they print. */
export interface PackageTool {
  /** Installs without questions; safe to call again after it was cut off. */
  install(names: readonly string[]): Shell;
  /** Tells what {@link install} would do, and does nothing. */
  simulateInstall(names: readonly string[]): Shell;
  arriving(out: string): Arriving;
  /** Tells what would go if these went, and does nothing. */
  simulateRemoval(names: readonly string[]): Shell;
  leaving(out: string): readonly string[];
  /** Takes away what is still there of these; safe to call again. */
  takeAway(packages: Arriving): Shell;
}
