import { setTimeout as sleep } from "node:timers/promises";
import type { Hold } from "../steps/step.js";
import { Stopped } from "./stopped.js";

/** So often a pause looks whether it was asked to stop. */
const LOOK_MS = 200;

/** What a hold may ask. */
interface Holding {
  readonly stopRequested: () => boolean;
  /** Asks a person; without anybody who could say yes a run stops. */
  readonly confirms?: (question: string) => Promise<boolean>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Holds a run up as a playbook says; a wait is held by its proof.
 * @throws Stopped where nobody says yes, and when asked to stop; whatever the signal was aborted with.
 */
export async function holdUp(hold: Hold, { stopRequested, confirms, signal }: Holding): Promise<void> {
  switch (hold.kind) {
    case "confirm":
      if ((await confirms?.(hold.question)) !== true) throw new Stopped(`not confirmed: ${hold.question}`);
      return;
    case "pause": {
      const end = performance.now() + hold.seconds * 1000;
      for (let left = hold.seconds * 1000; left > 0; left = end - performance.now()) {
        if (stopRequested()) throw new Stopped("stopped as requested, in a pause");
        // An abort ends the sleep with an error of its own; the signal's reason is thrown instead.
        await sleep(Math.min(left, LOOK_MS), undefined, signal && { signal }).catch(() => undefined);
        signal?.throwIfAborted();
      }
      return;
    }
    case "wait":
      return;
  }
}
