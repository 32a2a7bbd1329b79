import { expect, it } from "vitest";
import { durationMs } from "../../src/config-source/duration.js";

it.each([
  ["500ms", 500],
  ["5s", 5000],
  ["10m", 600_000],
  ["1h", 3_600_000],
])("%s is %d ms", (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each(["", "5", "5 s", "-1s", "1d", "1.5h", "1h30m"])("%j is not a duration", (text) => {
  expect(() => durationMs(text)).toThrow(RangeError);
});
