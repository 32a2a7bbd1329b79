import type { DraftMachine, DraftSsh } from "../draft.js";

/** The machines that an inventory of another program lists, and what else it says. */
export interface Listed {
  /** What the file is, for the comment at the top. */
  readonly format: string;
  readonly masters: readonly DraftMachine[];
  readonly workers: readonly DraftMachine[];
  /** Empty if the file lists none. */
  readonly loadBalancers: readonly DraftMachine[];
  /** The endpoint's `ADDRESS:PORT`, if the file has one. */
  readonly endpoint?: string;
  /** The login settings that all machines share. */
  readonly ssh: DraftSsh;
  /** Comments: what was left out. */
  readonly notes: readonly string[];
}
