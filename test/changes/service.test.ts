import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };

describe("service", () => {
  itIsShownAs(change, { mark: "~", describe: "haproxy: enable, start or reload (not running)" });

  it("is enabled, then reloaded or started", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.commands()).toEqual([
      "systemctl enable -q haproxy",
      "systemctl reset-failed haproxy",
      "systemctl reload-or-restart haproxy",
    ]);
  });

  it("that runs but does not work is restarted, with new limits", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, { ...change, because: "not listening", restart: true });
    expect(sandbox.commands()).toContain("systemctl restart haproxy");
  });

  it("that does not start fails with its journal output", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", 'case "$1" in reload-or-restart) exit 1 ;; esac');
    sandbox.answer("journalctl", "echo 'cannot bind socket'");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "lb1",
      stderr: "cannot bind socket\n",
    });
  });
});

describe("a service", () => {
  const found = (active: string, enabled: string): string =>
    `case "$*" in *LoadState*) echo LoadState=loaded ;; show*) printf 'ActiveState=${active}\\nUnitFileState=${enabled}\\n' ;; esac`;

  it.each([
    ["inactive", "disabled", ["stop haproxy", "reset-failed haproxy", "disable -q haproxy"], "stop, disable"],
    ["failed", "masked", ["stop haproxy", "reset-failed haproxy", "mask -q haproxy"], "stop, mask"],
    [
      "active",
      "enabled",
      ["reset-failed haproxy", "reload-or-restart haproxy"],
      "reload its former configuration",
    ],
  ])("that was %s and %s is so again", async (active, enabled, calls, words) => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", found(active, enabled));
    const before = await stateBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe(`haproxy: ${words}`);
    await undoChange(sandbox, change, before);
    const made = sandbox.commands("systemctl").filter((line) => !line.includes(" show "));
    expect(made).toEqual(calls.map((call) => `systemctl ${call}`));
  });

  it("whose package was already removed is not changed", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", "echo LoadState=not-found");
    await undoChange(sandbox, change, { active: false, enabled: "disabled" });
    expect(sandbox.calls("systemctl")).toHaveLength(1);
  });
});
