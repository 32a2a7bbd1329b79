import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { TransportError } from "../transport/errors.js";

const PAUSE_MS = 400;
const HOUR_MS = 3_600_000;

/**
 * How long a component may take to start, in seconds: kubeadm's own limit, because nothing shows its progress
 * (ControlPlaneComponentHealthCheckTimeout and KubeletHealthCheckTimeout in constants/constants.go, 1.37.2).
 */
export const COMPONENT_SECONDS = 240;

/** Whether the connection to a host is lost: a run does not reconnect. */
export function isLost(error: unknown): boolean {
  return error instanceof TransportError && error.reason === "lost";
}

/**
 * Polls until the condition is true. A Failure counts as "not yet", because services restart; the last one is reported.
 * @param state what is still missing. While it takes values that it did not have before, there is progress, and the time
 *   starts again, for an hour at most: 200 nodes take longer than 3.
 * @throws Failure after `seconds` without progress; immediately an error that is not a Failure (a bug), or a lost
 *   connection; the abort reason of the signal.
 */
export async function waitUntil(
  what: string,
  seconds: number,
  signal: AbortSignal | undefined,
  isTrue: () => Promise<boolean>,
  state?: () => string,
): Promise<void> {
  const seen = new Set<string>();
  let deadline = performance.now() + seconds * 1000;
  const latest = performance.now() + HOUR_MS;
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
    const now = state?.() ?? "";
    if (!seen.has(now)) {
      const next = performance.now() + seconds * 1000;
      if (seen.size > 0) deadline = Math.max(deadline, Math.min(next, latest));
      seen.add(now);
    }
    if (performance.now() > deadline) break;
    // An abort rejects the sleep with another error; the signal's reason is thrown above.
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
  }
  const because = last ? `; last error: ${last.message}` : "";
  throw new Failure(
    `timed out after ${seconds} s${state === undefined ? "" : " without progress"} waiting for ${what}${because}`,
    { cause: last },
  );
}
