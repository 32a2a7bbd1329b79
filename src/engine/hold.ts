import { setTimeout as sleep } from "node:timers/promises";
import type { Hold } from "../steps/step.js";
import { Stopped } from "./stopped.js";

/** Interval at which a pause checks for a stop request. */
const LOOK_MS = 200;

/** The inputs of a hold. */
interface Holding {
  readonly stopRequested: () => boolean;
  /** Asks the operator; without it, a confirmation stops the run. */
  readonly confirms?: (question: string) => Promise<boolean>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Confirms or pauses as the playbook requires; a `wait` is handled by the step's verification.
 * @throws Stopped if not confirmed or if a stop was requested; the abort reason of the signal.
 */
export async function holdUp(hold: Hold, { stopRequested, confirms, signal }: Holding): Promise<void> {
  switch (hold.kind) {
    case "confirm":
      if ((await confirms?.(hold.question)) !== true) throw new Stopped(`not confirmed: ${hold.question}`);
      return;
    case "pause": {
      const end = performance.now() + hold.seconds * 1000;
      for (let left = hold.seconds * 1000; left > 0; left = end - performance.now()) {
        if (stopRequested()) throw new Stopped("stopped as requested, during a pause");
        // An abort rejects the sleep with another error; the signal's reason is thrown instead.
        await sleep(Math.min(left, LOOK_MS), undefined, signal && { signal }).catch(() => undefined);
        signal?.throwIfAborted();
      }
      return;
    }
    case "wait":
      return;
  }
}
