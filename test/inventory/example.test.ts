import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseInventory } from "../../src/inventory/load.js";
import { inventoryKeys } from "../docs/keys.js";

const example = readFileSync(new URL("../../inventory.example.yaml", import.meta.url), "utf8");

/** The example with its commented options, which have no space after the `#`, enabled. */
const complete = example.replaceAll(/^( *)#(?=\S)/gm, "$1");

const all = inventoryKeys();

function has(value: unknown, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  if (first === "[]") return (value as unknown[]).some((item) => has(item, rest));
  return first in value && has((value as Record<string, unknown>)[first], rest);
}

describe("inventory.example.yaml", () => {
  it("shows every default as it is", () => {
    const { inventory } = parseInventory(example, "/etc/k8s-ha/inventory.yaml");
    const { controlPlane, loadBalancers, workers } = inventory;
    const required = stringify({
      cluster: { endpoint: inventory.cluster.endpoint.text },
      controlPlane,
      loadBalancers,
      workers,
    });
    expect(inventory).toEqual(parseInventory(required, "/etc/k8s-ha/inventory.yaml").inventory);
  });

  it("shows every key, those without a default in comments", () => {
    const { inventory } = parseInventory(complete, "/etc/k8s-ha/inventory.yaml");
    const missing = all
      .map(({ path }) => path)
      // Only one machine shows the keys that all machines can have.
      .filter((path) => !/^(loadBalancers|workers)\[\]\.ssh/.test(path))
      // Load balancers on masters need a different port than dedicated ones.
      .filter((path) => path !== "loadBalancers[].master")
      .filter((path) => !has(inventory, path.replaceAll("[]", ".[]").split(".")));
    expect(missing).toEqual([]);
  });
});
