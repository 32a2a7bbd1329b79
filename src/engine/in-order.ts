import { Stopped } from "./stopped.js";

/** Applies changes: sequentially on each host, on at most `atATime` hosts in parallel. */
export async function inOrder<T>(
  changes: readonly T[],
  hostOf: (change: T) => string,
  atATime: number,
  apply: (change: T) => Promise<void>,
): Promise<void> {
  const byHost = new Map<string, T[]>();
  for (const change of changes) byHost.set(hostOf(change), [...(byHost.get(hostOf(change)) ?? []), change]);
  const queue = [...byHost.values()];
  const worker = async (): Promise<void> => {
    try {
      for (let own = queue.shift(); own !== undefined; own = queue.shift()) {
        for (const change of own) await apply(change);
      }
    } finally {
      // After a failure, no further host starts.
      queue.length = 0;
    }
  };
  const workers = Array.from({ length: Math.min(atATime, queue.length) }, worker);
  // Hosts in progress finish before a failure is reported, so that nothing continues in the background.
  const results = await Promise.allSettled(workers);
  const reasons: unknown[] = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof Stopped)) ?? reasons[0];
}
