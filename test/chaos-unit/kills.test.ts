import { describe, expect, it } from "vitest";
import { killDelay, timedChanges } from "../chaos/kills.js";
import type { Told } from "../chaos/told.js";

const change = { step: "haproxy", host: "lb1", name: "haproxy lb1: service haproxy" };
const started: Told = { type: "change-started", change, ms: 0 };
const done: Told = { type: "change-done", change, ms: 400 };

describe("the kill matrix", () => {
  it("is made from the run itself, in the order in which its changes began", () => {
    const other = { ...change, host: "lb2", name: "haproxy lb2: service haproxy" };
    const told: Told[] = [
      started,
      { ...started, change: other },
      { type: "change-done", change: other, ms: 5 },
    ];
    expect(timedChanges([...told, done]).map(({ name, ms }) => [name, ms])).toEqual([
      [change.name, 400],
      [other.name, 5],
    ]);
  });

  it("kills before at the beginning, during at half of the measured time, after at the end", () => {
    const changes = timedChanges([started, done]);
    const delays = (told: Told) =>
      (["before", "during", "after"] as const).map((moment) => killDelay(told, moment, changes));
    expect(delays(started)).toEqual([0, 200, undefined]);
    expect(delays(done)).toEqual([undefined, undefined, 0]);
  });
});
