import type { Told, ToldChange } from "./told.js";

/** When, around a change, the program is killed. */
export const MOMENTS = ["before", "during", "after"] as const;
export type Moment = (typeof MOMENTS)[number];

/** A change with the time that it took in the undisturbed run. */
export interface TimedChange extends ToldChange {
  readonly ms: number;
}

/** The changes of a run in the order in which they began. */
export function timedChanges(told: readonly Told[]): readonly TimedChange[] {
  const took = new Map(told.flatMap((t) => (t.type === "change-done" ? [[t.change.name, t.ms]] : [])));
  return told
    .filter(({ type }) => type === "change-started")
    .map(({ change }) => ({ ...change, ms: took.get(change.name) ?? 0 }));
}

/** How long after having heard this the program is to be killed; `undefined`: it is not. */
export function killDelay(told: Told, moment: Moment, changes: readonly TimedChange[]): number | undefined {
  if (moment === "after") return told.type === "change-done" ? 0 : undefined;
  if (told.type !== "change-started") return undefined;
  if (moment === "before") return 0;
  return (changes.find(({ name }) => name === told.change.name)?.ms ?? 0) / 2;
}
