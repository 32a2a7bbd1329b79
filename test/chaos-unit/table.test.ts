import { expect, it } from "vitest";
import { resultsTable } from "../chaos/table.js";

it("shows each result, and the number of results", () => {
  const text = resultsTable([
    { name: "killed", group: "kills", passed: true, runs: 50, seconds: 300 },
    { name: "a|b", group: "joins", passed: false, why: "it never\nsaid so\nat all", runs: 2, seconds: 99 },
  ]);
  expect(text.split("\n").slice(2)).toEqual([
    "| kills | killed | same end state | 50 | 300 |",
    "| joins | a\\|b | **failed**: it never said so | 2 | 99 |",
    "",
    "1 of 2 cases passed.",
  ]);
});
