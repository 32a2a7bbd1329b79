import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { lookBefore, make, takeBack, undoOf } from "./context.js";

describe("SELinux", () => {
  it("has its booleans restored, now and permanently", async () => {
    using sandbox = new Sandbox();
    const change: Change = { kind: "selinux-booleans", host: "lb1", names: ["haproxy_connect_any"] };
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("getsebool", 'echo "$1 --> on"');
    sandbox.answer("setsebool", "");
    const before = await lookBefore(sandbox, change);
    await takeBack(sandbox, change, before);
    expect(undoOf(change).describe(change, before)).toBe("SELinux: turn haproxy_connect_any off");
    expect(sandbox.commands("setsebool")).toEqual([
      "setsebool -P haproxy_connect_any=off",
      "setsebool haproxy_connect_any=on",
    ]);
  });

  it("enforces again", async () => {
    using sandbox = new Sandbox();
    const change: Change = { kind: "selinux-permissive", host: "lb1" };
    const CONFIG = "/etc/selinux/config";
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("setenforce", "");
    sandbox.file(CONFIG, "SELINUX=enforcing\n");
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(CONFIG)).toBe("SELINUX=permissive\n");
    await takeBack(sandbox, change, before);
    expect(sandbox.read(CONFIG)).toBe("SELINUX=enforcing\n");
    expect(sandbox.commands("setenforce")).toEqual(["setenforce 0", "setenforce 1"]);
  });

  it("is permissive until reboot again, if it was before", async () => {
    using sandbox = new Sandbox();
    const change: Change = { kind: "selinux-permissive", host: "lb1" };
    sandbox.answer("getenforce", "echo Permissive");
    sandbox.file("/etc/selinux/config", "SELINUX=enforcing\n");
    const before = await lookBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe("SELinux: restore permissive mode until reboot");
  });

  describe("that is disabled by now", () => {
    const CONFIG = "/etc/selinux/config";
    const booleans: Change = { kind: "selinux-booleans", host: "lb1", names: ["haproxy_connect_any"] };
    const permissive: Change = { kind: "selinux-permissive", host: "lb1" };
    const off = (sandbox: Sandbox): void => {
      sandbox.answer("getenforce", "echo Disabled");
      for (const program of ["setsebool", "setenforce"]) sandbox.answer(program, "exit 1");
    };

    it("keeps its booleans, and shows how to set them when it is enabled again", async () => {
      using sandbox = new Sandbox();
      off(sandbox);
      const before = [{ name: "haproxy_connect_any", live: true, permanent: false }];
      expect(await takeBack(sandbox, booleans, before)).toEqual([
        "SELinux is disabled on lb1: its booleans stay unchanged; if it is enabled again, run: setsebool -P haproxy_connect_any=off",
      ]);
      expect(sandbox.calls("setsebool")).toEqual([]);
    });

    it.each([
      ["is restored if it is still ours", "SELINUX=permissive\n", "SELINUX=enforcing\n", []],
      [
        "stays if it was modified",
        "SELINUX=disabled\n",
        "SELINUX=disabled\n",
        [
          "SELinux is disabled on lb1, and /etc/selinux/config was modified outside k8s-ha: it stays unchanged",
        ],
      ],
    ])("has its file, which %s", async (_, now, expected, notes) => {
      using sandbox = new Sandbox();
      sandbox.answer("getenforce", "echo Enforcing");
      sandbox.file(CONFIG, "SELINUX=enforcing\n");
      const before = await lookBefore(sandbox, permissive);
      off(sandbox);
      sandbox.file(CONFIG, now);
      expect(await takeBack(sandbox, permissive, before)).toEqual(notes);
      expect(sandbox.read(CONFIG)).toBe(expected);
      expect(sandbox.calls("setenforce")).toEqual([]);
    });
  });

  it("restores the booleans that its policy still has", async () => {
    using sandbox = new Sandbox();
    const change: Change = { kind: "selinux-booleans", host: "lb1", names: ["a", "b"] };
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("getsebool", '[ "$1" = b ] || exit 1; echo "$1 --> on"');
    sandbox.answer("setsebool", "");
    const before = ["a", "b"].map((name) => ({ name, live: false, permanent: false }));
    await takeBack(sandbox, change, before);
    expect(sandbox.commands("setsebool")).toEqual(["setsebool -P b=off", "setsebool b=off"]);
  });
});
