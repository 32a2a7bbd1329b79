/** What identifies a cluster: a rebuilt one differs, even at the same addresses. */
export interface ClusterId {
  /** SHA-256 of its CA, in hex; `none` if there is none. */
  readonly ca: string;
  /** The UID of its system namespace; `undefined` while the API is unavailable. */
  readonly uid: string | undefined;
}
