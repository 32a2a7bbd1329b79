import type { EngineEvent, Listener } from "../engine/events.js";
import { failureRecord } from "../failure.js";
import { planData } from "./plan-data.js";

/** Incremented on a breaking change of an event's shape. */
const SCHEMA_VERSION = 1;

/** Prints every event as one line of JSON on standard output; events contain no secrets. */
export const ndjson: Listener = (event) => {
  // For the journal; it lists every pod.
  if (event.type === "baseline") return;
  process.stdout.write(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...plain(event) })}\n`);
};

function plain(event: EngineEvent): object {
  switch (event.type) {
    case "step-failed":
      return { ...event, error: failureRecord(event.error) };
    case "planned":
      return { type: event.type, ...planData(event.plan) };
    default:
      return event;
  }
}
