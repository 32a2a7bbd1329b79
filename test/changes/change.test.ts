import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** The files of all kinds of change with the number of kinds in each, as change.ts imports them. */
function kindFiles(): [string, number][] {
  const text = readFileSync(join(import.meta.dirname, "../../src/changes/change.ts"), "utf8");
  const imports = text.matchAll(/^import \{ ([^}]*Kind) \} from "\.\/(.+)\.js";$/gm);
  return [...imports].map(([, names = "", file = ""]) => [file, names.split(",").length]);
}

it.each(kindFiles())("the tests of %s show a change of each of its kinds", (file, kinds) => {
  const tests = readFileSync(join(import.meta.dirname, `${file}.test.ts`), "utf8");
  expect(tests.match(/^ {2}itIsShownAs\(/gm)).toHaveLength(kinds);
});
