import { originOf, type Origin } from "../../src/engine/origin.js";
import { labInventory, type Overrides } from "../steps/inventory.js";

/** What a test's plan or run is made from. */
export function origin(
  overrides: Overrides = {},
  steps: readonly string[] = ["haproxy", "keepalived"],
  version = "0.1.0",
): Origin {
  const entries = steps.map((step) => ({ kind: "step" as const, step, id: step }));
  return originOf(version, labInventory(overrides), { name: "p", steps: entries });
}
