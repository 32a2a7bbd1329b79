import { describe, expect, it } from "vitest";
import { allCases, sampleCases } from "../chaos/cases.js";
import { faultGroups } from "../chaos/faults/all.js";
import { matches } from "../chaos/faults/fault.js";
import { generatedFaults } from "../chaos/faults/generated.js";
import { changes } from "./changes.js";

const faults = [faultGroups, generatedFaults(changes)].flatMap((groups) => Object.values(groups).flat());

describe("the cases", () => {
  it("have unique names", () => {
    for (const mode of ["chained", "isolated"] as const) {
      const names = allCases(changes, mode).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("kill before, during and after every change", () => {
    const names = allCases(changes, "isolated").map(({ name }) => name);
    for (const { name } of changes) {
      for (const moment of ["before", "during", "after"]) expect(names).toContain(`killed ${moment} ${name}`);
    }
  });

  it("cut the connection in every long change, and power off every host in every step", () => {
    const names = faults.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("connection cut"))).toEqual([
      "connection cut in the middle of load-balancer-packages lb1: packages",
      "connection cut in the middle of join master2: join",
      "connection cut in the middle of join master3: join",
    ]);
    expect(names.filter((name) => name.includes("loses power"))).toHaveLength(8);
  });

  it("cut each host's link in its longest change", () => {
    expect(faults.map(({ name }) => name).filter((name) => name.includes("link is cut"))).toEqual([
      "lb1's link is cut for 60 s at load-balancer-packages",
      "master1's link is cut for 60 s at backup",
      "lb2's link is cut for 60 s at nonlocal-bind",
      "master2's link is cut for 60 s at join",
      "master3's link is cut for 60 s at join",
    ]);
  });

  it("of the sample contain the number of kinds of change", () => {
    const kinds = new Set(changes.map(({ name }) => name.split(": ")[1]?.split(" ")[0]));
    expect(sampleCases(changes).map(({ name }) => name)).toEqual([
      `killed during one change of each of ${kinds.size} kinds`,
    ]);
  });
});

describe("a fault", () => {
  it("has actions that inject and remove it", () => {
    for (const { name, rounds } of faults) {
      const injects = rounds.some(({ first, inject }) => (first ?? inject) !== undefined);
      const removes = rounds.some(({ remove }) => remove !== undefined);
      expect(`${name}: ${injects}`).toBe(`${name}: true`);
      if (!name.startsWith("connection cut")) expect(`${name}: ${removes}`).toBe(`${name}: true`);
    }
  });

  it("matches a change by step, host and the beginning of its name", () => {
    const [, , packages] = changes;
    const when = { step: "load-balancer-packages", at: "start" } as const;
    if (packages === undefined) throw new Error("no change");
    expect(matches(when, packages)).toBe(true);
    expect(matches({ ...when, host: "lb1", what: "pack" }, packages)).toBe(true);
    expect(matches({ ...when, host: "lb2" }, packages)).toBe(false);
    expect(matches({ ...when, what: "service" }, packages)).toBe(false);
  });
});
