import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { TransportError } from "../transport/errors.js";

const PAUSE_MS = 400;

/** Whether the connection to a host is lost: a run does not reconnect. */
export function isLost(error: unknown): boolean {
  return error instanceof TransportError && error.reason === "lost";
}

/**
 * Polls until the condition is true. A Failure counts as "not yet", because services restart; the last one is reported.
 * @throws Failure after `seconds`; immediately an error that is not a Failure (a bug), or a lost connection; the abort
 *   reason of the signal.
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
    // An abort rejects the sleep with another error; the signal's reason is thrown above.
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
  }
  const because = last ? `; last error: ${last.message}` : "";
  throw new Failure(`timed out after ${seconds} s waiting for ${what}${because}`, { cause: last });
}
