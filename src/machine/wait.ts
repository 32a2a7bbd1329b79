import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { TransportError } from "../transport/errors.js";

const PAUSE_MS = 400;

/** Whether the connection to a host is gone: none is made again in the same run. */
export function isLost(error: unknown): boolean {
  return error instanceof TransportError && error.reason === "lost";
}

/**
 * Asks until the answer is yes. A Failure counts as "not yet", because services restart; the last one is told.
 * @throws Failure after `seconds`; at once what is no Failure, a defect, and a lost connection; whatever the signal was
 *   aborted with.
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
      if (!(error instanceof Failure) || isLost(error)) throw error;
      last = error;
    }
    if (performance.now() > deadline) break;
    // An abort ends the sleep with an error of its own; the signal's reason is thrown above.
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
  }
  const because = last ? `; the last answer was: ${last.message}` : "";
  throw new Failure(`waited ${seconds} s for ${what}${because}`, { cause: last });
}
