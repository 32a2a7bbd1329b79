import { startOf, type JournalRecord, type RunJournal } from "./journal-reader.js";
import type { StepName } from "./events.js";
import type { Origin } from "./origin.js";
import type { Scope } from "./scope.js";

/** How a run ended, or that its journal does not say so; `at` is the time of its last record, in ISO 8601. */
export type RunEnd = { readonly at: string } & (
  | { readonly how: "done" | "rolled-back" }
  /** The operator requested it, for example with Ctrl-C. */
  | { readonly how: "stopped"; readonly step?: string; readonly error?: RecordedError }
  | { readonly how: "failed"; readonly step: string; readonly error: RecordedError }
  /** It is still running, or it was killed. */
  | { readonly how: "unknown"; readonly step?: string }
);

/** An error in a journal, see {@link failureRecord}. */
interface RecordedError {
  readonly message: string;
  readonly host?: string;
  readonly hint?: string;
}

/** A run, as its journal describes it. */
export interface RunState {
  readonly runId: string;
  readonly mode: "migrate" | "rollback";
  /** ISO 8601. */
  readonly startedAt: string;
  /** Who started it, as `USER@MACHINE`; `undefined` if its version did not record it. */
  readonly by: string | undefined;
  readonly origin: Origin;
  readonly scope: Scope | undefined;
  readonly end: RunEnd;
  /** The steps that are complete, and those that are not, in order. */
  readonly complete: readonly StepName[];
  readonly remaining: readonly StepName[];
}

/** The latest run that wrote a first record; `undefined` if there is none. */
export function latestRun(journals: readonly RunJournal[]): RunState | undefined {
  return journals.flatMap((journal) => runState(journal) ?? []).at(-1);
}

function runState({ runId, records }: RunJournal): RunState | undefined {
  const start = startOf(records);
  if (start === undefined) return undefined;
  const { mode, by, origin, scope, steps } = start;
  const done = new Set(records.flatMap((record) => (record.type === "step-done" ? [record.step] : [])));
  const remaining = steps.filter(({ id }) => !done.has(id));
  return {
    runId,
    mode,
    startedAt: start.at,
    by,
    origin,
    scope,
    end: endOf(records, remaining),
    complete: steps.filter(({ id }) => done.has(id)),
    remaining,
  };
}

function endOf(records: readonly JournalRecord[], remaining: readonly StepName[]): RunEnd {
  const at = records.at(-1)?.at ?? "";
  if (records.some(({ type }) => type === "run-done")) return { at, how: "done" };
  if (records.some(({ type }) => type === "rolled-back")) return { at, how: "rolled-back" };
  const failed = records.findLast((record) => record.type === "step-failed");
  if (failed !== undefined) {
    const { step, error, stopped } = failed;
    return { at, how: stopped === true ? "stopped" : "failed", step, error };
  }
  // A run that only repairs the cluster ends after its part.
  if (remaining.length === 0) return { at, how: "stopped" };
  const started = records.findLast((record) => record.type === "step-started");
  return { at, how: "unknown", ...(started !== undefined && { step: started.step }) };
}
