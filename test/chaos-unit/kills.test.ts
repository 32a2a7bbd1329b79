import { describe, expect, it } from "vitest";
import { killDelay, timedChanges } from "../chaos/kills.js";
import type { ChangeEvent } from "../chaos/change-events.js";

const change = { step: "haproxy", host: "lb1", name: "haproxy lb1: service haproxy" };
const started: ChangeEvent = { type: "change-started", change, ms: 0 };
const done: ChangeEvent = { type: "change-done", change, ms: 400 };

describe("the kill matrix", () => {
  it("is derived from the run itself, in the order in which its changes started", () => {
    const other = { ...change, host: "lb2", name: "haproxy lb2: service haproxy" };
    const events: ChangeEvent[] = [
      started,
      { ...started, change: other },
      { type: "change-done", change: other, ms: 5 },
    ];
    expect(timedChanges([...events, done]).map(({ name, ms }) => [name, ms])).toEqual([
      [change.name, 400],
      [other.name, 5],
    ]);
  });

  it("kills before at the start, during at half of the measured time, after at the end", () => {
    const changes = timedChanges([started, done]);
    const delays = (event: ChangeEvent) =>
      (["before", "during", "after"] as const).map((moment) => killDelay(event, moment, changes));
    expect(delays(started)).toEqual([0, 200, undefined]);
    expect(delays(done)).toEqual([undefined, undefined, 0]);
  });
});
