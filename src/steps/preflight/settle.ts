import { asBlocker, type Problem } from "../step.js";

/** The results of several probes, and a blocker for each that failed. */
export interface Settled<T> {
  readonly found: readonly T[];
  readonly failures: readonly Problem[];
}

/**
 * Waits for all probes: a failed one does not hide the results of the others.
 * @throws any error that is not a Failure, because it is a bug
 */
export async function settle<T>(looks: readonly Promise<T>[]): Promise<Settled<T>> {
  const results = await Promise.allSettled(looks);
  return {
    found: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    failures: results.flatMap((result) => (result.status === "rejected" ? [asBlocker(result.reason)] : [])),
  };
}
