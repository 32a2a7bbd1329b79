import { describe, expect, it } from "vitest";
import { scopeOf } from "../../src/cli/scope.js";
import { stepsInOrder } from "../../src/cli/session.js";
import { UsageError } from "../../src/cli/usage.js";
import { origin } from "../engine/made-from.js";
import { labInventory } from "../steps/inventory.js";

const files = { inventory: labInventory(), steps: await stepsInOrder(), origin: origin() };

describe("scopeOf", () => {
  it("accepts known steps and hosts", () => {
    const asked = { from: "haproxy", until: "haproxy", limit: ["lb1", "worker1"] };
    expect(scopeOf(asked, files)).toEqual(asked);
  });

  it.each([
    [
      { from: "haproxi", limit: [] },
      "--from: there is no step haproxi",
      /^did you mean haproxy\? the steps are start-member, preflight, backup, /,
    ],
    [{ until: "", limit: [] }, "--until: there is no step ", /haproxy/],
    [
      { limit: ["lb1", "lb9"] },
      "--limit: there is no host lb9",
      /^did you mean lb1\? the hosts are master1, master2, master3, lb1, lb2, worker1, operator$/,
    ],
    [
      { from: "keepalived", until: "haproxy", limit: [] },
      "--from keepalived comes after --until haproxy",
      /haproxy, keepalived/,
    ],
  ])("rejects %j and lists the known ones", (asked, message, hint) => {
    expect(() => scopeOf(asked, files)).toThrow(UsageError);
    expect(() => scopeOf(asked, files)).toThrow(
      expect.objectContaining({ message, hint: expect.stringMatching(hint) as unknown }) as Error,
    );
  });
});
