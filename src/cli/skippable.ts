import type { Inventory } from "../inventory/schema.js";
import { whyNotSkipped } from "../inventory/skipping.js";
import { UsageError } from "./usage.js";

/** @throws UsageError for a host that must not be skipped; its hint says what to do instead */
export function requireSkippable(inventory: Inventory, skipped: readonly string[]): void {
  for (const name of skipped) {
    const refusal = whyNotSkipped(inventory, name, skipped);
    if (refusal !== undefined)
      throw new UsageError(`--skip-host ${name}: ${refusal.what}`, { hint: refusal.fix });
  }
}
