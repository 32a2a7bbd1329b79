import type { Availability } from "../engine/availability.js";
import type { RunReport } from "../engine/report.js";
import type { Check } from "../steps/step.js";
import { paint, problemText } from "./plan-text.js";

/** The result of a run as text. */
export function runText({
  changes,
  seconds,
  checks,
  skippedHosts,
  lostHosts = [],
  availability,
  journal,
}: RunReport): string {
  const bad = checks.filter(({ ok }) => !ok).length;
  return [
    `${paint("green", "done")}: ${changes} changes in ${seconds.toFixed(1)} s, ${checks.length - bad} of ${checks.length} checks passed`,
    ...(skippedHosts.length === 0 ? [] : [`pending on ${skippedHosts.join(", ")} (skipped by --limit)`]),
    ...lostHosts.map(problemText),
    ...availability.map(availabilityText),
    `journal: ${journal}`,
  ].join("\n");
}

function availabilityText(seen: Availability): string {
  const { url, requests, from, asked, failed, longestGapMs } = seen;
  const until = seen.endedEarly ? "; probing stopped before the end" : "";
  const what = `${requests} through ${url}`;
  if (asked === 0) return `${what}: no answer (probed from ${from})${until}`;
  const outage = longestGapMs === 0 ? "0" : (longestGapMs / 1000).toFixed(1);
  return `${what}: longest outage ${outage} s (${failed} of ${asked} probes failed, probed from ${from})${until}`;
}

/** Checks as text, one per line. */
export function checksText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ host }) => host.length), 0);
  return checks
    .map(({ host, what, expected, actual, ok }) => {
      const mark = ok ? paint("green", "✓") : paint("red", "✗");
      return `${mark} ${host.padEnd(width)}  ${what}: ${ok ? actual : `${actual}, expected ${expected}`}`;
    })
    .join("\n");
}
