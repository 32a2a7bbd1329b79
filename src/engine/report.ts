import type { Check } from "../steps/step.js";
import type { Availability } from "./availability.js";

/** What a run did, and what stands now. */
export interface RunReport {
  readonly runId: string;
  readonly changes: number;
  readonly seconds: number;
  readonly checks: readonly Check[];
  /** The hosts on which something was left to do. */
  readonly skippedHosts: readonly string[];
  /** How the API answered beside the run, by each way to it. */
  readonly availability: readonly Availability[];
  readonly journal: string;
}
