import type { Fleet } from "../machine/fleet.js";
import type { ReadOnlyHost, WritableHost } from "../machine/host.js";
import type { RunSecrets } from "./run-secrets.js";

/** What every change says of itself. Changes are plain data: they can be shown, saved and compared. */
export interface BaseChange {
  readonly kind: string;
  /** The host that is changed, by its inventory name. */
  readonly host: string;
}

/** What a change may use while it is made. */
export interface ApplyContext {
  /** The host that the change names. */
  readonly host: WritableHost;
  readonly fleet: Fleet;
  readonly secrets: RunSecrets;
  /** Names this run: `20260131-221530`. */
  readonly runId: string;
  /** Tells the operator what is being waited for. */
  readonly note: (text: string) => void;
}

/** What a change takes away from somebody for a while. */
export interface Interruption {
  /** Who or what has to do without; where it takes no time, why nobody has to. */
  readonly what: string;
  /** About how long, as measured; 0 where nothing is interrupted that one might fear for. */
  readonly seconds: number;
}

/** How one kind of change is shown, made and taken back. */
export interface ChangeKind<C extends BaseChange, B = unknown> {
  readonly kind: C["kind"];
  /** One line: what becomes different. */
  describe(change: C): string;
  /** A unified diff or a few `+`/`-` lines, secrets masked; absent where there is none to show. */
  diff?(change: C): string | undefined;
  /** What this interrupts and for how long, if anything. */
  interrupts?(change: C): Interruption | undefined;
  /** Makes the change. Safe to call again after it was cut off half-way. */
  apply(change: C, context: ApplyContext): Promise<void>;
  readonly undo: Undo<C, B> | Stays<C>;
}

/**
 * How a change is taken back; `B` is plain data, for the journal. What counts is what stood there before, not what one
 * would like to: `before` looks at it, and is on the operator's disk before anything is changed. Whatever of it is a
 * secret, or bytes, stays on the host.
 */
export interface Undo<C extends BaseChange, B> {
  /** What it changes on its host, such as a path: several changes of one thing are taken back as one. */
  target(change: C): string;
  /** Looks at what the change is about to replace, and keeps copies of files on their host. Called right before `apply`. */
  before(change: C, context: ApplyContext): Promise<B>;
  /** What to go back to when a thing was changed twice; without this, what the earlier change found. */
  merge?(earlier: B, later: B): B;
  /** One line: what becomes as it was. */
  describe(change: C, before: B): string;
  /** What taking it back interrupts and for how long, if anything. */
  interrupts?(change: C, before: B): string | undefined;
  /** A service reads its files again: this waits until all files of its step are back. */
  readonly activates?: true;
  /** What somebody else changed since, and would lose; `undefined` for nothing. */
  drift?(change: C, before: B, host: ReadOnlyHost): Promise<string | undefined>;
  /** Puts back what stood there before. Safe to call again, also where the change was never quite made. */
  undo(change: C, before: B, context: ApplyContext): Promise<void>;
}

/** Says why a change is not taken back. */
export interface Stays<C extends BaseChange> {
  stays(change: C): string;
}
