import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { EDITOR_LINE, inventoryJsonSchema } from "../../src/inventory/json-schema.js";
import { external, minimal, onMaster } from "./minimal.js";

const at = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const schema = z.fromJSONSchema(inventoryJsonSchema());
const accepts = (text: string): boolean => schema.safeParse(parse(text)).success;

describe("the JSON Schema of the inventory", () => {
  it("accepts inventories that k8s-ha accepts", () => {
    for (const text of [at("inventory.example.yaml"), minimal, external, onMaster])
      expect(accepts(text)).toBe(true);
  });

  it.each([
    ["an unknown key", minimal.replace("cluster:\n", "cluster:\n  sans: []\n")],
    ["a choice that does not exist", minimal.replace("cluster:\n", "cluster:\n  etcd: none\n")],
    ["a missing key", minimal.replace("controlPlane:", "workers:")],
    ["a wrong type", minimal.replace("cluster:\n", "cluster:\n  hostsEntry: maybe\n")],
  ])("refuses %s", (_, text) => {
    expect(text).not.toBe(minimal);
    expect(accepts(text)).toBe(false);
  });

  it("describes keys without links, which an editor cannot follow", () => {
    const text = JSON.stringify(inventoryJsonSchema());
    expect(text).toContain("detected in the cluster, and stays regardless of this key; see etcd topologies.");
    expect(text).not.toMatch(/\]\([^)]*\.md/);
  });

  it("has the line for editors, as docs/inventory.md has it", () => {
    expect(JSON.stringify(inventoryJsonSchema())).toContain(EDITOR_LINE);
    expect(at("docs/inventory.md")).toContain(`\n    ${EDITOR_LINE}\n`);
  });
});
