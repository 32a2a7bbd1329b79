import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";

const PAUSE_MS = 400;

/**
 * Asks until the answer is yes. A Failure counts as "not yet", because services restart; the last one is told.
 * @throws Failure after `seconds`; at once what is no Failure, a defect; whatever the signal was aborted with.
 */
export async function waitUntil(
  what: string,
  seconds: number,
  signal: AbortSignal | undefined,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let last: Failure | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      if (await isTrue()) return;
      last = undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      last = error;
    }
    if (performance.now() > deadline) break;
    // An abort ends the sleep with an error of its own; the signal's reason is thrown above.
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
  }
  const because = last ? `; the last answer was: ${last.message}` : "";
  throw new Failure(`waited ${seconds} s for ${what}${because}`, { cause: last });
}
