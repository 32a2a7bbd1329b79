import { kindOf } from "../changes/change.js";
import type { EngineEvent, Listener } from "../engine/events.js";
import { failureRecord } from "../failure.js";

/** Raised when an event's shape changes in a way that a reader must know of. */
const SCHEMA_VERSION = 1;

/** Every event as one line of JSON on standard output; secrets are not in events. */
export const ndjson: Listener = (event) => {
  process.stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...plain(event) })}\n`);
};

function plain(event: EngineEvent): object {
  switch (event.type) {
    case "step-failed":
      return { ...event, error: failureRecord(event.error) };
    case "planned":
      return {
        type: event.type,
        steps: event.plan.steps.map((step) => ({
          ...step,
          changes: step.changes.map((change) => {
            const kind = kindOf(change);
            return { ...change, summary: kind.describe(change), diff: kind.diff?.(change) };
          }),
        })),
      };
    default:
      return event;
  }
}
