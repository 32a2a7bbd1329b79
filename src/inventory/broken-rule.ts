/** A broken rule between several keys, and the key at which to report it. */
export interface BrokenRule {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
