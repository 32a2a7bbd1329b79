import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { byHandText, handVariables } from "../../src/report/by-hand-text.js";
import { allSteps } from "../../src/steps/all.js";
import { byHand } from "../../src/steps/by-hand.js";
import { labInventory } from "./inventory.js";

describe("the commands by hand", () => {
  it("exist for every built-in step", () => {
    expect(Object.keys(byHand).toSorted()).toEqual(allSteps.map(({ id }) => id).toSorted());
  });

  it.each(Object.entries(byHand))("of %s are shell commands, with known variables only", (_id, blocks) => {
    const text = byHandText(blocks);
    execFileSync("/bin/sh", ["-n"], { input: text });
    const known = [...Object.keys(handVariables(labInventory())), "ADDRESS"];
    for (const [, name] of text.matchAll(/\$([A-Z_]+)/g)) expect(known).toContain(name);
  });

  it("have the values of an inventory", () => {
    const text = byHandText(byHand["join"] ?? [], labInventory());
    expect(text).toMatch(/^# on master1\nkubeadm token create/);
    expect(text).toContain(`# on master2, master3
ENDPOINT=10.88.0.100:6443
ADDRESS=10.88.0.12   # on master2
ADDRESS=10.88.0.13   # on master3
`);
    expect(byHandText(byHand["standby-haproxy"] ?? [], labInventory())).toBe("");
  });
});
