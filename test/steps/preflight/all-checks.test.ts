import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allChecks } from "../../../src/steps/preflight/all-checks.js";

const folder = join(import.meta.dirname, "../../../src/steps/preflight/checks");
const names = readdirSync(folder)
  .map((file) => file.replace(/\.ts$/, ""))
  .toSorted();
const ids = allChecks.map(({ id }) => id);

describe("the list of all preflight checks", () => {
  it("has each file of the folder once, by the check's id", () => {
    expect(ids.toSorted()).toEqual(names);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has checks with the ids of their files", async () => {
    for (const name of names) {
      const exported = (await import(`../../../src/steps/preflight/checks/${name}.ts`)) as object;
      const found = Object.values(exported).filter((value) => allChecks.includes(value as never));
      expect(found).toMatchObject([{ id: name }]);
    }
  });

  it("has the checks that another check waits for", () => {
    expect(allChecks.flatMap(({ after = [] }) => after).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each(names)("has a test of check %s", (name) => {
    expect(readdirSync(join(import.meta.dirname, "checks"))).toContain(`${name}.test.ts`);
  });

  it.each(names)("has check %s, which imports no other check", (name) => {
    const imports = readFileSync(join(folder, `${name}.ts`), "utf8").matchAll(/\bfrom "([^"]+)"/g);
    const others = [...imports].flatMap(([, path = ""]) => (/^\.\/|\/checks\//.test(path) ? [path] : []));
    expect(others).toEqual([]);
  });
});
