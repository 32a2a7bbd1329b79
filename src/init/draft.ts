import type { Inventory } from "../inventory/schema.js";

/** A key of an inventory that is being written. */
export interface Entry {
  /** Comments above it, one paragraph each. */
  readonly notes: readonly string[];
  readonly key: string;
  readonly value: string | number | boolean | readonly string[];
  /** Commented out: a suggestion. */
  readonly isOff?: true;
}

/** The login settings of an inventory or of one machine, as its file has them. */
export type DraftSsh = Partial<
  Pick<
    Inventory["ssh"],
    "transport" | "port" | "user" | "identityFiles" | "knownHostsFiles" | "sudoPasswordFile"
  >
> & { readonly address?: string };

/** A machine of an inventory that is being written. */
export interface DraftMachine {
  readonly notes: readonly string[];
  readonly name: string;
  readonly address: string;
  readonly secondAddress?: string;
  readonly ssh?: DraftSsh;
}

/** An inventory that is being written, with its comments. */
export interface Draft {
  /** Comments at the top, one paragraph each. */
  readonly head: readonly string[];
  readonly cluster: readonly Entry[];
  readonly masters: readonly DraftMachine[];
  readonly mastersNotes: readonly string[];
  /** `masters`: every master is one. */
  readonly loadBalancers: readonly DraftMachine[] | "masters" | "external";
  readonly loadBalancersNotes: readonly string[];
  /** Settings of `loadBalancer`, unless it is external. */
  readonly loadBalancer: readonly Entry[];
  readonly workers: readonly DraftMachine[];
  readonly workersNotes: readonly string[];
  readonly kubeadm: readonly Entry[];
  readonly ssh: DraftSsh;
}
