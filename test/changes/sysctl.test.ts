import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "sysctl",
  host: "lb1",
  key: "net.ipv4.ip_nonlocal_bind",
  before: "0",
  value: "1",
};

describe("sysctl", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "set net.ipv4.ip_nonlocal_bind = 1",
    diff: "- net.ipv4.ip_nonlocal_bind = 0\n+ net.ipv4.ip_nonlocal_bind = 1",
  });

  it("sets the value now", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.calls()).toEqual([["sysctl", "-q", "-w", "net.ipv4.ip_nonlocal_bind=1"]]);
  });
});

describe("a kernel setting", () => {
  it("gets the value that it had, not the one that the plan saw", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sysctl", 'case "$1" in -n) echo 2 ;; esac');
    const before = await stateBefore(sandbox, change);
    await undoChange(sandbox, change, before);
    expect(sandbox.commands("sysctl").at(-1)).toBe("sysctl -q -w net.ipv4.ip_nonlocal_bind=2");
    sandbox.answer("sysctl", "echo 7");
    expect(await driftOf(sandbox, change, before)).toBe("net.ipv4.ip_nonlocal_bind is 7 now, not 1");
  });
});
