import { didYouMean } from "../config-source/did-you-mean.js";
import type { Inventory } from "../inventory/schema.js";
import { whyNotSkipped } from "../inventory/skipping.js";
import { members } from "../inventory/targets.js";
import { UsageError } from "./usage.js";

/** @throws UsageError for a host that must not be skipped; its hint says what to do instead */
export function requireSkippable(inventory: Inventory, skipped: readonly string[]): void {
  const names = members(inventory).map(({ name }) => name);
  for (const name of skipped) {
    const refusal = whyNotSkipped(inventory, name, skipped);
    if (refusal === undefined) continue;
    const meant = names.includes(name) ? "" : didYouMean(name, names);
    throw new UsageError(`--skip-host ${name}: ${refusal.what}`, { hint: `${meant}${refusal.fix}` });
  }
}
