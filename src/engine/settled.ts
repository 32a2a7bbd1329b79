import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.js";
import { Unreachable } from "./connect.js";
import type { Plan } from "./plan.js";
import { problemsOf } from "./plan-summary.js";

const PAUSE_MS = 1000;

/**
 * Plans until nothing stands in the way any more, for so many seconds at most: a run that is cut off right after it
 * restarted a kubelet or an apiserver leaves a cluster that is not well for a moment.
 * @throws what the last planning threw
 */
export async function planOnceSettled(
  plan: () => Promise<Plan>,
  seconds: number,
  signal: AbortSignal | undefined,
  note: (text: string) => void,
): Promise<Plan> {
  const deadline = performance.now() + seconds * 1000;
  const told = new Set<string>();
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
    if (!told.has(obstacle)) {
      note(`${obstacle}: looking again for ${seconds} s, as the former run may have restarted it`);
    }
    told.add(obstacle);
    await sleep(PAUSE_MS, undefined, signal && { signal }).catch(() => undefined);
    signal?.throwIfAborted();
  }
}

/** The first line of what stands in the way first. */
function obstacleOf(outcome: Plan | Failure): string | undefined {
  const [blocker] = outcome instanceof Failure ? [] : problemsOf(outcome, "blocker");
  const [host, what] =
    outcome instanceof Failure ? [outcome.host, outcome.message] : [blocker?.host, blocker?.what];
  return what === undefined ? undefined : `${host === undefined ? "" : `${host}: `}${what.split("\n")[0]}`;
}
