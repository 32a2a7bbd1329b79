/** Requests of one kind, counted from the first answer on. */
export interface Requests {
  readonly asked: number;
  readonly failed: { readonly at: string; readonly why: string }[];
  readonly slowestMs: number;
}

/** The results of a client of one URL. */
export interface Seen {
  readonly reads: Requests;
  readonly writes: Requests;
  readonly acknowledged: number;
  /** How far the object is behind the last acknowledged write. */
  readonly lost: number;
  /** Acknowledged writes that the watch never reported. */
  readonly unwatched: readonly number[];
  /** How often a watch was started, and how often its resource version had expired. */
  readonly watch: { readonly begun: number; readonly expired: number };
}
