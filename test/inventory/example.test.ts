import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import * as z from "zod";
import { parseInventory } from "../../src/inventory/load.js";
import { inventorySchema } from "../../src/inventory/schema.js";

const example = readFileSync(new URL("../../inventory.example.yaml", import.meta.url), "utf8");
const reference = readFileSync(new URL("../../docs/inventory.md", import.meta.url), "utf8");

/** The example with its commented options, which have no space after the `#`, enabled. */
const complete = example.replaceAll(/^( *)#(?=\S)/gm, "$1");

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  default?: unknown;
}

interface Key {
  /** As the reference writes it: `controlPlane[].ssh.port`. */
  readonly path: string;
  readonly default: unknown;
}

function keys(schema: JsonSchema, path: string): Key[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const childPath = path === "" ? name : `${path}.${name}`;
    return [{ path: childPath, default: child.default }, ...keys(child, childPath)];
  });
  const items = schema.items === undefined ? [] : keys(schema.items, `${path}[]`);
  return [...own, ...items, ...(schema.anyOf ?? []).flatMap((shape) => keys(shape, path))];
}

const all = keys(z.toJSONSchema(inventorySchema, { io: "input" }) as JsonSchema, "");

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

describe("docs/inventory.md", () => {
  const entries = reference.split("\n").filter((line) => line.startsWith("- `"));

  it.each(all.filter(({ path }) => !/^(loadBalancers|workers)\[\]\.(name|address|ssh)/.test(path)))(
    "explains $path and its default",
    (key) => {
      const entry = entries.find((line) => line.startsWith(`- \`${key.path}\` (`));
      expect(entry).toBeDefined();
      if (typeof key.default === "string" || typeof key.default === "number") {
        expect(entry).toContain(` (default \`${String(key.default)}\`)`);
      }
    },
  );

  it("has no removed key", () => {
    const known = new Set(all.map(({ path }) => path));
    const named = entries
      .map((line) => /^- `([^`]+)` \(/.exec(line)?.[1])
      .filter((name) => name !== undefined);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
