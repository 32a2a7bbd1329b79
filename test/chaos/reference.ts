import type { Program } from "../e2e/k8s-ha.js";
import type { Lab } from "../lab/lab.js";
import { type Digest, settledDigest } from "./digest.js";
import { type TimedChange, timedChanges } from "./kills.js";
import { parseTold } from "./told.js";

/** What an undisturbed run did, and what it led to: all others are compared with it. */
export interface Reference {
  readonly changes: readonly TimedChange[];
  readonly digest: Digest;
}

/** Of a migration that has just come to its end. */
export async function referenceOf(lab: Lab, program: Program): Promise<Reference> {
  const told = program
    .journal()
    .split("\n")
    .flatMap((line) => parseTold(line) ?? []);
  return { changes: timedChanges(told), digest: await settledDigest(lab) };
}
