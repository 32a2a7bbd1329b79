import * as z from "zod";

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The maximum of Node's and haproxy's timers: 2^31 - 1 ms, slightly under 25 days. */
const LONGEST_MS = 2_147_483_647;

/**
 * The milliseconds of a duration such as `500ms`, `5s`, `10m` or `1h`.
 * @throws RangeError on any other text
 */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) throw new RangeError(`not a duration such as 5s, 10m or 1h: ${text}`);
  return Number(match[1]) * MS[match[2] as keyof typeof MS];
}

/** A duration in a configuration file: more than 0, less than 25 days. */
export const duration = z
  .string()
  .regex(/^0*[1-9]\d*(ms|s|m|h)$/, { error: "expected a duration such as 5s, 10m or 1h", abort: true })
  .refine((text) => durationMs(text) <= LONGEST_MS, "expected less than 25 days")
  .meta({ title: "duration" });
