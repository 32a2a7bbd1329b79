import { describe, expect, it } from "vitest";
import { parseText, readText } from "../../src/config-files/yaml-text.js";

describe("readText", () => {
  it("reads as parseText does, but parses the same text once", () => {
    const text = "a: 1\n";
    const read = readText(text, "it");
    expect(read.toJS()).toEqual(parseText(text, "it").toJS());
    expect(readText(text, "it")).toBe(read);
    expect(parseText(text, "it")).not.toBe(read);
    expect(readText("a: 2\n", "it").toJS()).toEqual({ a: 2 });
  });

  it("does not cache every text forever", () => {
    const first = readText("n: first\n", "it");
    for (let n = 0; n < 40; n++) expect(readText(`n: ${n}\n`, "it").get("n")).toBe(n);
    expect(readText("n: first\n", "it")).not.toBe(first);
  });

  it("throws each time for invalid text", () => {
    for (const what of ["the kubeconfig", "the manifest"]) {
      expect(() => readText("a: [", what)).toThrow(what);
    }
  });
});
