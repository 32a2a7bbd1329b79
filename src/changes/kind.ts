import type { Fleet } from "../machine/fleet.js";
import type { WritableHost } from "../machine/host.js";
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

/** How one kind of change is shown and made. */
export interface ChangeKind<C extends BaseChange> {
  readonly kind: C["kind"];
  /** One line: what becomes different. */
  describe(change: C): string;
  /** A unified diff or a few `+`/`-` lines, secrets masked; absent where there is none to show. */
  diff?(change: C): string | undefined;
  /** What this interrupts and for how long, if anything. */
  interrupts?(change: C): string | undefined;
  /** Makes the change. Safe to call again after it was cut off half-way. */
  apply(change: C, context: ApplyContext): Promise<void>;
}
