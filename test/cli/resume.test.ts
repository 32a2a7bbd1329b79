import { afterEach, describe, expect, it, vi } from "vitest";
import { requireSameOrigin } from "../../src/cli/resume.js";
import { Drifted } from "../../src/engine/drift.js";
import type { FormerRun } from "../../src/engine/journal.js";
import { origin } from "../engine/made-from.js";

afterEach(() => {
  vi.restoreAllMocks();
});
const former: FormerRun = {
  runId: "r1",
  path: "/r1",
  finished: false,
  isRollback: false,
  step: "join",
  origin: origin(),
};
const OTHER = { cluster: { endpoint: "10.88.0.101:6443" } };
const LINE = 'inventory: cluster.endpoint: "10.88.0.100:6443", now "10.88.0.101:6443"';

/** What stands on standard error. */
function told(act: () => void): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  act();
  return write.mock.calls.map(([text]) => String(text)).join("");
}

describe("a run that goes on", () => {
  it("is refused with another inventory or playbook, and told what has changed", () => {
    expect(() => {
      requireSameOrigin(former, origin(OTHER), false);
    }).toThrow(Drifted);
    expect(() => {
      requireSameOrigin(former, origin(OTHER, ["haproxy"], "0.2.0"), false);
    }).toThrow(
      `run r1 was made from something else:\n  k8s-ha: 0.1.0, now 0.2.0\n  ${LINE}\n  playbook: without keepalived`,
    );
  });

  it("may go on with them where that is accepted, and is told all the same", () => {
    expect(
      told(() => {
        requireSameOrigin(former, origin(OTHER), true);
      }),
    ).toBe(`changed since then: ${LINE}\n`);
  });

  it("may go on with another version of k8s-ha", () => {
    expect(
      told(() => {
        requireSameOrigin(former, origin({}, undefined, "0.2.0"), false);
      }),
    ).toBe("changed since then: k8s-ha: 0.1.0, now 0.2.0\n");
  });

  it("has nothing to be compared with where it was killed before its first record", () => {
    const killed = { ...former, origin: undefined };
    expect(
      told(() => {
        requireSameOrigin(killed, origin(OTHER), false);
      }),
    ).toBe("");
  });
});
