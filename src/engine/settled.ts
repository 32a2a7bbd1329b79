import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { Unreachable } from "./connect.js";
import type { Plan } from "./plan.js";
import { problemsOf } from "./plan-summary.js";

const PAUSE_MS = 1000;

/**
 * Plans repeatedly until there is no blocker, for at most `seconds`: a run that was interrupted right after it restarted
 * something leaves the cluster unhealthy for a short time.
 * @throws the error of the last attempt
 */
export async function planOnceSettled(
  plan: () => Promise<Plan>,
  seconds: number,
  signal: AbortSignal | undefined,
  note: (text: string) => void,
): Promise<Plan> {
  const deadline = performance.now() + seconds * 1000;
  const reported = new Set<string>();
  for (;;) {
    const outcome = await plan().catch((error: unknown) => {
      if (!(error instanceof Failure) || error instanceof Unreachable) throw error;
      return error;
    });
    const obstacle = obstacleOf(outcome);
    if (obstacle === undefined || performance.now() >= deadline) {
      if (outcome instanceof Failure) throw outcome;
      return outcome;
    }
    if (!reported.has(obstacle)) {
      note(`${obstacle}: retrying for ${seconds} s, because the previous run may have restarted it`);
    }
    reported.add(obstacle);
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
}

/** The first line of the first blocker or failure. */
function obstacleOf(outcome: Plan | Failure): string | undefined {
  const [blocker] = outcome instanceof Failure ? [] : problemsOf(outcome, "blocker");
  const [host, what] =
    outcome instanceof Failure ? [outcome.host, outcome.message] : [blocker?.host, blocker?.what];
  return what === undefined ? undefined : `${host === undefined ? "" : `${host}: `}${what.split("\n")[0]}`;
}
