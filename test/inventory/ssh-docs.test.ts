import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { parseInventory } from "../../src/inventory/load.js";
import { minimal } from "./minimal.js";

const page = readFileSync(new URL("../../docs/ssh.md", import.meta.url), "utf8");
const fragments = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text ?? "");

it("docs/ssh.md has fragments", () => {
  expect(fragments.length).toBeGreaterThan(5);
});

it.each(fragments)("docs/ssh.md has a fragment to copy: %s", (fragment) => {
  const whole = { ...(parse(minimal) as object), ...(parse(fragment) as object) };
  expect(() => parseInventory(stringify(whole), "/i.yaml")).not.toThrow();
});
