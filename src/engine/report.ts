import type { Check, Problem } from "../steps/step.js";
import type { Availability } from "./availability.js";

/** The result of a run. */
export interface RunReport {
  readonly runId: string;
  readonly changes: number;
  readonly seconds: number;
  readonly checks: readonly Check[];
  /** The hosts with pending changes. */
  readonly skippedHosts: readonly string[];
  /** For each lost host that has pending changes a warning; absent if there is none. */
  readonly lostHosts?: readonly Problem[];
  /** Availability of the API during the run, by URL and kind of request. */
  readonly availability: readonly Availability[];
  readonly journal: string;
}
