/** The result of a program that holds connections. */
export interface Held {
  /** The watches that are open at the end. */
  readonly open: number;
  /** The watches that were begun; more than those that are open if connections were lost. */
  readonly begun: number;
}
