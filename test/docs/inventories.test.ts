import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseInventory } from "../../src/inventory/load.js";
import { inventoryKeys } from "./keys.js";
import { pages, read } from "./pages.js";

const top = new Set(inventoryKeys().flatMap(({ path }) => (/[.[]/.test(path) ? [] : [path])));

const example = parse(read("inventory.example.yaml")) as object;

/** The YAML blocks of all pages that are inventories, or parts of one. */
const blocks = pages().flatMap((page) =>
  [...read(page).matchAll(/^( *)```yaml\n(.*?)^\1```$/gms)]
    .map(([, , text = ""]) => ({ page, text, value: parse(text) as object }))
    .filter(({ value }) => Object.keys(value).every((key) => top.has(key))),
);
const isComplete = ({ value }: { value: object }): boolean => "cluster" in value && "controlPlane" in value;

describe("inventories in the documentation", () => {
  it("are found", () => {
    expect(blocks.filter(isComplete).length).toBeGreaterThan(8);
    expect(blocks.filter((block) => !isComplete(block)).length).toBeGreaterThan(8);
  });

  it.each(blocks.filter(isComplete))("$page has a valid inventory: $text", ({ text }) => {
    expect(() => parseInventory(text, "/inventory.yaml")).not.toThrow();
  });

  it.each(blocks.filter((block) => !isComplete(block)))("$page has a valid part: $text", ({ value }) => {
    const whole = stringify({ ...example, ...value });
    expect(() => parseInventory(whole, "/inventory.yaml")).not.toThrow();
  });
});
