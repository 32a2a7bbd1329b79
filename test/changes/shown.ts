import { expect, it } from "vitest";
import { kindOf, markOf, type Change } from "../../src/changes/change.js";
import type { Interruption, Mark } from "../../src/changes/kind.js";

/** How an operator sees a change in a plan. */
interface Shown {
  readonly mark: Mark;
  readonly describe: string;
  readonly diff?: string;
  readonly interrupts?: Interruption;
}

/** The tests that each kind must pass with one of its changes: its display in a plan, and its copy through JSON. */
export function itIsShownAs(change: Change, { mark, describe, diff, interrupts }: Shown): void {
  const kind = kindOf(change);

  it("describes what it does", () => {
    expect(kind.kind).toBe(change.kind);
    expect(markOf(change)).toBe(mark);
    expect(kind.describe(change)).toBe(describe);
    expect(kind.interrupts?.(change)).toEqual(interrupts);
    expect(kind.diff?.(change)).toEqual(diff);
  });

  it("is plain data: a copy through JSON is the same change", () => {
    expect(JSON.parse(JSON.stringify(change))).toEqual(change);
  });
}
