import type { ChangeEvent, RunChange } from "./change-events.js";

/** The moments around a change at which the program is killed. */
export const MOMENTS = ["before", "during", "after"] as const;
export type Moment = (typeof MOMENTS)[number];

/** A change with its duration in the reference run. */
export interface TimedChange extends RunChange {
  readonly ms: number;
}

/** The changes of a run in the order in which they started. */
export function timedChanges(events: readonly ChangeEvent[]): readonly TimedChange[] {
  const took = new Map(events.flatMap((t) => (t.type === "change-done" ? [[t.change.name, t.ms]] : [])));
  return events
    .filter(({ type }) => type === "change-started")
    .map(({ change }) => ({ ...change, ms: took.get(change.name) ?? 0 }));
}

/** The delay in ms after this event until the program is killed; `undefined`: it is not killed. */
export function killDelay(
  event: ChangeEvent,
  moment: Moment,
  changes: readonly TimedChange[],
): number | undefined {
  if (moment === "after") return event.type === "change-done" ? 0 : undefined;
  if (event.type !== "change-started") return undefined;
  if (moment === "before") return 0;
  return (changes.find(({ name }) => name === event.change.name)?.ms ?? 0) / 2;
}
