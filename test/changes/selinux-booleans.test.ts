import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = { kind: "selinux-booleans", host: "lb1", names: ["haproxy_connect_any"] };

describe("selinux-booleans", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "SELinux: turn haproxy_connect_any on permanently",
    diff: "+ haproxy_connect_any --> on",
  });

  it("are set in one call, permanently", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setsebool", "");
    await make(sandbox, { ...change, names: ["haproxy_connect_any", "b"] });
    expect(sandbox.calls()).toEqual([["setsebool", "-P", "haproxy_connect_any=on", "b=on"]]);
  });
});

describe("SELinux", () => {
  it("has its booleans restored, now and permanently", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("getsebool", 'echo "$1 --> on"');
    sandbox.answer("setsebool", "");
    const before = await stateBefore(sandbox, change);
    await undoChange(sandbox, change, before);
    expect(undoOf(change).describe(change, before)).toBe("SELinux: turn haproxy_connect_any off");
    expect(sandbox.commands("setsebool")).toEqual([
      "setsebool -P haproxy_connect_any=off",
      "setsebool haproxy_connect_any=on",
    ]);
  });

  it("restores the booleans that its policy still has", async () => {
    using sandbox = new Sandbox();
    const two: Change = { ...change, names: ["a", "b"] };
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("getsebool", '[ "$1" = b ] || exit 1; echo "$1 --> on"');
    sandbox.answer("setsebool", "");
    const before = ["a", "b"].map((name) => ({ name, live: false, permanent: false }));
    await undoChange(sandbox, two, before);
    expect(sandbox.commands("setsebool")).toEqual(["setsebool -P b=off", "setsebool b=off"]);
  });

  it("that is disabled by now keeps its booleans, and shows how to set them when it is enabled again", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("getenforce", "echo Disabled");
    sandbox.answer("setsebool", "exit 1");
    const before = [{ name: "haproxy_connect_any", live: true, permanent: false }];
    expect(await undoChange(sandbox, change, before)).toEqual([
      "SELinux is disabled on lb1: its booleans stay unchanged; if it is enabled again, run: setsebool -P haproxy_connect_any=off",
    ]);
    expect(sandbox.calls("setsebool")).toEqual([]);
  });
});
