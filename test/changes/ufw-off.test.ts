import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";
import { RULES, ufw } from "./ufw-host.js";

const change: Change = { kind: "ufw-off", host: "lb1" };

describe("ufw-off", () => {
  itIsShownAs(change, { mark: "-", describe: "disable ufw, now and for the next boot" });
});

describe("ufw that is to be disabled", () => {
  it("is disabled, and is enabled again afterwards", async () => {
    using sandbox = ufw(RULES);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    await undoChange(sandbox, change, before);
    expect(sandbox.commands("ufw")).toEqual(["ufw disable", "ufw --force enable"]);
  });

  it("stays removed if it was uninstalled", async () => {
    using sandbox = ufw(RULES);
    const before = await stateBefore(sandbox, change);
    sandbox.lacks("ufw");
    expect(await undoChange(sandbox, change, before)).toEqual([
      "ufw is no longer installed on lb1: it is not enabled again",
    ]);
  });

  it("stays disabled if it was disabled before", async () => {
    using sandbox = ufw(RULES);
    sandbox.file("/etc/ufw/ufw.conf", "ENABLED=no\n");
    sandbox.answer("iptables", "exit 1");
    await undoChange(sandbox, change, await stateBefore(sandbox, change));
    expect(sandbox.commands("ufw")).toEqual([]);
  });
});
