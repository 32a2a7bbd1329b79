import { asBlocker, type Problem } from "../step.js";

/** What some looks found, and a blocker for each that failed. */
export interface Settled<T> {
  readonly found: readonly T[];
  readonly failures: readonly Problem[];
}

/**
 * Waits for all looks: one that fails does not hide what the others find.
 * @throws what is not a Failure: a defect of this program
 */
export async function settle<T>(looks: readonly Promise<T>[]): Promise<Settled<T>> {
  const results = await Promise.allSettled(looks);
  return {
    found: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])),
    failures: results.flatMap((result) => (result.status === "rejected" ? [asBlocker(result.reason)] : [])),
  };
}
