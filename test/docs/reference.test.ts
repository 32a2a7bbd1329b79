import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inventoryKeys, type Key } from "./keys.js";
import { withReference } from "./reference.js";

const page = readFileSync(new URL("../../docs/inventory.md", import.meta.url), "utf8");
const keys = inventoryKeys();

/** The reference with one key changed. */
const changed = (path: string, change: Partial<Key>): Promise<string> =>
  withReference(
    page,
    keys.map((key) => (key.path === path ? { ...key, ...change } : key)),
  );

describe("the reference in docs/inventory.md", () => {
  it("is what the schema gives; `npm run docs` writes it", async () => {
    expect(await withReference(page, keys)).toBe(page);
  });

  it.each<[string, string, Partial<Key>]>([
    ["type", "ssh.connectTimeout", { schema: { type: "boolean", default: "10s" } }],
    ["default", "loadBalancer.virtualRouterId", { schema: { type: "integer", default: 52 } }],
    ["obligation", "cluster.endpoint", { isRequired: false }],
    ["description", "cluster.etcd", { schema: { type: "string", description: "Something else." } }],
    ["name", "cluster.etcd", { path: "cluster.etcds" }],
  ])("differs if a key gets another %s", async (_, path, change) => {
    expect(await changed(path, change)).not.toBe(page);
  });

  it("is refused on a page without markers", async () => {
    await expect(withReference("# Page\n", keys)).rejects.toThrow("the page lacks a marker");
  });

  it.each(keys.map((key) => [key.path, key] as const))("describes %s and its default", (_, key) => {
    const { schema, isRequired } = key;
    expect(schema.description).toMatch(/\.$/);
    expect(isRequired || schema.default !== undefined || schema.description?.includes("Default: ")).toBe(
      true,
    );
  });

  it("refers to the first list for keys that all machines have", () => {
    expect(page).toContain("- `workers[].ssh` (optional): as `controlPlane[].ssh`.\n");
    expect(page).not.toContain("`workers[].ssh.port`");
  });
});
