import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "./errors.js";

/** Tries until something comes out, or says what did not happen in time. */
export async function waitFor<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined> | T | undefined,
  pauseMs = 100,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (Date.now() > end) throw new LabError(`Waited ${seconds} seconds in vain for ${what}.`);
    await sleep(pauseMs);
  }
}
