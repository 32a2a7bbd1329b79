import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { typedWords } from "../../src/cli/typed-words.js";

describe("the words that are typed", () => {
  it.each([
    ["", [""]],
    ["plan", ["plan"]],
    ["plan ", ["plan", ""]],
    ["plan  --limit m1,", ["plan", "--limit", "m1,"]],
    ["plan --until=ha", ["plan", "--until=ha"]],
    ["plan -i 'a b' x", ["plan", "-i", "a b", "x"]],
    ['plan -i "a \\"b" x', ["plan", "-i", 'a "b', "x"]],
    ["plan -i a\\ b", ["plan", "-i", "a b"]],
    ["plan a\\ ", ["plan", "a "]],
    ["plan a\\", ["plan", "a"]],
    ['plan "a b', ["plan", "a b"]],
    ["plan 'a ", ["plan", "a "]],
    ["plan $(reboot)", ["plan", "$(reboot)"]],
    ["plan ~/a.yaml ", ["plan", `${homedir()}/a.yaml`, ""]],
    ["plan '~/a' ~b", ["plan", "~/a", "~b"]],
  ])("of %j", (line, words) => {
    expect(typedWords(line)).toEqual(words);
  });
});
