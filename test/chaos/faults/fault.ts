import type { Action } from "../actions.js";
import type { RunChange } from "../change-events.js";

/** A moment of a run: around the first change that matches. */
export interface When {
  readonly step: string;
  readonly host?: string;
  /** The beginning of the change's name after `STEP HOST: `. */
  readonly what?: string;
  readonly at: "start" | "middle" | "end";
}

/** One run of the program with the actions on the lab during it. */
export interface Round {
  /** Actions before the program starts. */
  readonly first?: readonly Action[];
  /** The moment at which the fault is injected. */
  readonly when?: When;
  /** Actions that inject the fault. */
  readonly inject?: readonly Action[];
  /** The fault is removed after this time, while the program runs; otherwise after the program has ended. */
  readonly forSeconds?: number;
  /** Actions that revert `first` and `inject`. */
  readonly remove?: readonly Action[];
  /** What the program must report when it stops: failure and host. Absent: it must succeed by itself. */
  readonly reports?: RegExp;
  /** It may also succeed by itself. */
  readonly mayPass?: true;
}

/** A fault; after the rounds, `--resume` must lead to the same end state as the reference run. */
export interface Fault {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Whether a change matches. */
export function matches(when: When, { step, host, name }: RunChange): boolean {
  const what = name.slice(name.indexOf(": ") + 2);
  return (
    step === when.step &&
    (when.host ?? host) === host &&
    (when.what === undefined || what.startsWith(when.what))
  );
}
