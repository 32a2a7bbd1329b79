import type { Program } from "../e2e/k8s-ha.js";
import type { Lab } from "../lab/lab.js";
import { type Digest, settledDigest } from "./digest.js";
import { type TimedChange, timedChanges } from "./kills.js";
import { parseChangeEvent } from "./change-events.js";

/** The changes and the end state of the reference run: a run without faults, which all others are compared with. */
export interface Reference {
  readonly changes: readonly TimedChange[];
  readonly digest: Digest;
}

/** The reference of a migration that has just completed. */
export async function referenceOf(lab: Lab, program: Program): Promise<Reference> {
  const events = program
    .journal()
    .split("\n")
    .flatMap((line) => parseChangeEvent(line) ?? []);
  return { changes: timedChanges(events), digest: await settledDigest(lab) };
}
