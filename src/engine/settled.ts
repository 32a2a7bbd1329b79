import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { Unreachable } from "./connect.js";
import type { Plan } from "./plan.js";
import { problemsOf } from "./plan-summary.js";

const PAUSE_MS = 1000;

const HOUR_MS = 3_600_000;

/**
 * Plans repeatedly until there is no blocker, or for `seconds` no other one than before: a run that was interrupted right
 * after it restarted something leaves the cluster unhealthy for a short time, which is longer with more nodes.
 * @throws the error of the last attempt
 */
export async function planOnceSettled(
  plan: () => Promise<Plan>,
  seconds: number,
  signal: AbortSignal | undefined,
  note: (text: string) => void,
): Promise<Plan> {
  let deadline = 0;
  const latest = performance.now() + HOUR_MS;
  const reported = new Set<string>();
  for (;;) {
    const outcome = await plan().catch((error: unknown) => {
      if (!(error instanceof Failure) || error instanceof Unreachable) throw error;
      return error;
    });
    const obstacle = obstacleOf(outcome);
    const isOther = obstacle !== undefined && !reported.has(obstacle);
    if (isOther) deadline = Math.min(performance.now() + seconds * 1000, latest);
    if (obstacle === undefined || performance.now() >= deadline) {
      if (outcome instanceof Failure) throw outcome;
      return outcome;
    }
    if (isOther) {
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
