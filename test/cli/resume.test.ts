import { afterEach, describe, expect, it, vi } from "vitest";
import { requireSameOrigin, scopeToResume } from "../../src/cli/resume.js";
import { Drifted } from "../../src/engine/drift.js";
import type { FormerRun } from "../../src/engine/journal-reader.js";
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
  baseline: undefined,
  scope: { until: "keepalived", limit: ["lb1", "lb2"] },
};
const OTHER = { cluster: { endpoint: "10.88.0.101:6443" } };
const LINE = 'inventory: cluster.endpoint: "10.88.0.100:6443", now "10.88.0.101:6443"';

/** The text on standard error. */
function printed(act: () => void): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  act();
  return write.mock.calls.map(([text]) => String(text)).join("");
}

describe("a resumed run", () => {
  it("is refused with another inventory or playbook, and lists the differences", () => {
    expect(() => {
      requireSameOrigin(former, origin(OTHER), false);
    }).toThrow(Drifted);
    expect(() => {
      requireSameOrigin(former, origin(OTHER, ["haproxy"], "0.2.0"), false);
    }).toThrow(
      `run r1 used other input:\n  k8s-ha: 0.1.0, now 0.2.0\n  ${LINE}\n  playbook: removed keepalived`,
    );
  });

  it("is allowed with them if accepted, and still lists the differences", () => {
    expect(
      printed(() => {
        requireSameOrigin(former, origin(OTHER), true);
      }),
    ).toBe(`changed since that run: ${LINE}\n`);
  });

  it("is allowed with another version of k8s-ha", () => {
    expect(
      printed(() => {
        requireSameOrigin(former, origin({}, undefined, "0.2.0"), false);
      }),
    ).toBe("changed since that run: k8s-ha: 0.1.0, now 0.2.0\n");
  });

  it("is not compared if it was killed before its first record", () => {
    const killed = { ...former, origin: undefined };
    expect(
      printed(() => {
        requireSameOrigin(killed, origin(OTHER), false);
      }),
    ).toBe("");
  });
});

describe("the scope of a resumed run", () => {
  it("is that of the stopped run, and is printed", () => {
    expect(
      printed(() => {
        expect(scopeToResume(former, { limit: [] })).toEqual(former.scope);
      }),
    ).toBe("scope of that run: --until keepalived --limit lb1,lb2; start without --resume for all steps\n");
  });

  it("is that of the command line if set, and everything if the run had no limits", () => {
    expect(scopeToResume(former, { until: "haproxy", limit: [] })).toBeUndefined();
    expect(scopeToResume(former, { limit: ["lb1"] })).toBeUndefined();
    expect(
      scopeToResume({ ...former, baseline: undefined, scope: { limit: [] } }, { limit: [] }),
    ).toBeUndefined();
    expect(scopeToResume({ ...former, scope: undefined }, { limit: [] })).toBeUndefined();
    expect(scopeToResume(undefined, { limit: [] })).toBeUndefined();
  });
});
