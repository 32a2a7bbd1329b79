import type { Deed } from "../deeds.js";
import type { ToldChange } from "../told.js";

/** A moment of a run: around the first change that fits. */
export interface When {
  readonly step: string;
  readonly host?: string;
  /** The beginning of the change's name after `STEP HOST: `. */
  readonly what?: string;
  readonly at: "start" | "middle" | "end";
}

/** One run of the program with what is done to the lab meanwhile. */
export interface Round {
  /** Before the program starts. */
  readonly first?: readonly Deed[];
  /** While it runs. */
  readonly when?: When;
  readonly strike?: readonly Deed[];
  /** The strike is taken back after so long, while the program runs; otherwise once it has ended. */
  readonly forSeconds?: number;
  /** What takes first and strike back, by hand. */
  readonly lift?: readonly Deed[];
  /** What the program must say when it stops: what, and where. Absent: it must come through by itself. */
  readonly says?: RegExp;
  /** It may come through by itself as well. */
  readonly mayPass?: true;
}

/** Something that goes wrong; after the rounds `--resume` must lead to the same end state as an undisturbed run. */
export interface Fault {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** Whether a change is the one that is meant. */
export function isMeant(when: When, { step, host, name }: ToldChange): boolean {
  const what = name.slice(name.indexOf(": ") + 2);
  return (
    step === when.step &&
    (when.host ?? host) === host &&
    (when.what === undefined || what.startsWith(when.what))
  );
}
