/** Requests of one kind, counted from the first answer on. */
export interface Requests {
  readonly asked: number;
  readonly failed: { readonly at: string; readonly why: string }[];
  readonly slowestMs: number;
}

/** What a client saw through one URL. */
export interface Seen {
  readonly reads: Requests;
  readonly writes: Requests;
  readonly acknowledged: number;
  /** By how much the object is behind the write that was acknowledged last. */
  readonly lost: number;
  /** Acknowledged writes of which the watch never told. */
  readonly unwatched: readonly number[];
  /** How often a watch was begun, and how often its place in the history had expired. */
  readonly watch: { readonly begun: number; readonly expired: number };
}
