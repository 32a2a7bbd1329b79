import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/shell/secret.js";

const text = "correct horse battery staple";

describe("Secret", () => {
  const secret = new Secret(text);
  const holder = { password: secret, list: [secret], map: new Map([["k", secret]]) };
  const error = new Error("failed", { cause: secret });

  it.each<[string, string]>([
    ["String()", String(secret)],
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what the rule forbids must be harmless too
    ["a template", `${secret}`],
    ["concatenation", "".concat(secret as unknown as string)],
    ["JSON", JSON.stringify(holder)],
    ["inspect", inspect(holder, { depth: Infinity, showHidden: true })],
    ["inspect without custom inspection", inspect(holder, { customInspect: false, showHidden: true })],
    ["console.log's format", format("%s %o %O %j", secret, secret, secret, secret)],
    ["an error's cause", inspect(error)],
    ["a copy by structuredClone", inspect(structuredClone(secret), { showHidden: true })],
    ["a copy of its properties", inspect(Object.assign({}, secret), { showHidden: true })],
    ["its keys", JSON.stringify(Reflect.ownKeys(secret)) + JSON.stringify(Object.entries(secret))],
  ])("does not show in %s", (_way, shown) => {
    expect(shown).not.toContain("horse");
  });

  it("returns its text only by reveal", () => {
    expect(secret.reveal()).toBe(text);
  });
});
