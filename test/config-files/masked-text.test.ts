import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { masked } from "../../src/config-files/masked-text.js";
import { Secret } from "../../src/shell/secret.js";

describe("a masked text", () => {
  const inner = masked`b=${new Secret("hidden")}`;
  const text = masked`a=${1}\n${inner}\nc=${"plain"}`;

  it("shows everything except its secrets, in every form of printing", () => {
    expect(text.shown()).toBe("a=1\nb=[secret]\nc=plain");
    expect(
      [String(text), JSON.stringify({ text }), inspect({ text }), inspect(text.parts())].join(),
    ).not.toContain("hidden");
  });

  it("is written completely", () => {
    expect(text.secretText().reveal()).toBe("a=1\nb=hidden\nc=plain");
    expect(String(text.secretText())).toBe("[secret]");
  });
});
