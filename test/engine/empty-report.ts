import type { RunReport } from "../../src/engine/report.js";

/** The report of a run with one change, for journals in which only its end matters. */
export function emptyReport(runId = ""): RunReport {
  return { runId, changes: 1, seconds: 1, checks: [], skippedHosts: [], availability: [], journal: "" };
}
