import type { Fleet } from "../machine/fleet.js";
import type { ReadOnlyHost, WritableHost } from "../machine/host.js";
import type { RunSecrets } from "./run-secrets.js";

/** The fields of every change. Changes are plain data: they can be shown, saved and compared. */
export interface BaseChange {
  readonly kind: string;
  /** The host that is changed, by its inventory name. */
  readonly host: string;
  /** Measured values that only describe the change, such as how long it takes: a plan is the same if they differ. */
  readonly estimate?: Readonly<Record<string, number>>;
}

/** What a change may use while it is applied. */
export interface ApplyContext {
  /** The host that the change names. */
  readonly host: WritableHost;
  readonly fleet: Fleet;
  readonly secrets: RunSecrets;
  /** The ID of this run: `20260131-221530`. */
  readonly runId: string;
  /** Shows the operator what is being waited for. */
  readonly note: (text: string) => void;
}

/** A temporary interruption by a change. */
export interface Interruption {
  /** What is interrupted; with 0 seconds, why nothing is. */
  readonly what: string;
  /** The approximate duration in seconds, as measured; 0 if nothing is interrupted. */
  readonly seconds: number;
}

/** What a change does to its object: creates, modifies or removes it. */
export type Mark = "+" | "~" | "-";

/** How one kind of change is shown, applied and undone. */
export interface ChangeKind<C extends BaseChange, B = unknown> {
  readonly kind: C["kind"];
  readonly mark: Mark | ((change: C) => Mark);
  /**
   * `kubeadm reset` does not undo it, as for load balancers and a playbook's own scripts: a rollback undoes it also on a
   * machine that joined before.
   */
  readonly survivesReset?: boolean;
  /** It makes its host a node: its undo resets the machine, and with it all later changes that do not survive a reset. */
  readonly addsNode?: true;
  /**
   * Whether a rollback past this change takes more than restoring former state: it must remove a member from etcd, which
   * it does only while all the others are healthy, and reset a machine.
   */
  isPastReturn?(change: C): boolean;
  /** One line: what changes. */
  describe(change: C): string;
  /** A unified diff or a few `+`/`-` lines, secrets masked; absent if there is nothing to show. */
  diff?(change: C): string | undefined;
  /** What this interrupts and for how long, if anything. */
  interrupts?(change: C): Interruption | undefined;
  /** Applies the change. Safe to call again after it was interrupted. */
  apply(change: C, context: ApplyContext): Promise<void>;
  readonly undo: Undo<C, B> | Stays<C>;
}

/**
 * How a change is undone; `B` is plain data, for the journal. An undo restores the state found before the change, not a
 * default: `before` reads it, and it is on the operator's disk before anything is changed. Secrets and binary content
 * stay on the host.
 */
export interface Undo<C extends BaseChange, B> {
  /** What it changes on its host, such as a path: several changes of one target are undone as one. */
  target(change: C): string;
  /** Reads the state that the change is about to replace, and keeps copies of files on their host. Called right before `apply`. */
  before(change: C, context: ApplyContext): Promise<B>;
  /** The state to restore if a target was changed twice; by default, what the earlier change found. */
  merge?(earlier: B, later: B): B;
  /** One line: what is restored. */
  describe(change: C, before: B): string;
  /** What the undo interrupts and for how long, if anything. */
  interrupts?(change: C, before: B): string | undefined;
  /** A service reloads its files: the undo waits until all files of its step are restored. */
  readonly activates?: true;
  /** What was modified outside k8s-ha since, and would be lost; `undefined` if nothing was. */
  drift?(change: C, before: B, host: ReadOnlyHost): Promise<string | undefined>;
  /** Restores the former state. Safe to call again, also if the change was only partly applied. */
  undo(change: C, before: B, context: ApplyContext): Promise<void>;
}

/** States why a change is not undone. */
export interface Stays<C extends BaseChange> {
  stays(change: C): string;
}
