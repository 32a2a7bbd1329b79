import { originOf, type Origin } from "../../src/engine/origin.js";
import { labInventory, type Overrides } from "../steps/inventory.js";

/** The origin of a test's plan or run. */
export function origin(
  overrides: Overrides = {},
  steps: readonly string[] = ["haproxy", "keepalived"],
  version = "0.1.0",
): Origin {
  const entries = steps.map((step) => ({ kind: "step" as const, step, id: step }));
  return originOf(version, labInventory(overrides), { name: "p", steps: entries });
}
