import { Option } from "@commander-js/extra-typings";
import type { Inventory } from "../inventory/schema.js";
import { whyNotSkipped } from "../inventory/skipping.js";
import { UsageError } from "./usage.js";

/** The option that names a host whose machine is lost. */
export const skipHost = () =>
  new Option(
    "--skip-host <host>",
    "do not contact this host, because its machine is lost: a worker, or one of several load balancers; may be repeated",
  )
    .argParser((value: string, former: string[]) => [...former, ...value.split(",")])
    .default([] as string[], "none");

/** @throws UsageError for a host that must not be skipped; its hint says what to do instead */
export function requireSkippable(inventory: Inventory, skipped: readonly string[]): void {
  for (const name of skipped) {
    const refusal = whyNotSkipped(inventory, name, skipped);
    if (refusal !== undefined)
      throw new UsageError(`--skip-host ${name}: ${refusal.what}`, { hint: refusal.fix });
  }
}
