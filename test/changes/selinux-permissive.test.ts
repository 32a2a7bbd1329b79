import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";

const CONFIG = "/etc/selinux/config";
const change: Change = { kind: "selinux-permissive", host: "lb1" };

describe("selinux-permissive", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "SELinux: set permissive mode for the whole machine",
    diff: "- enforcing\n+ permissive",
  });

  it("is set for now and for the next boot, and the rest of the file is unchanged", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setenforce", "");
    sandbox.file(CONFIG, "# SELINUX=enforcing\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
    await make(sandbox, change);
    expect(sandbox.read(CONFIG)).toBe("# SELINUX=enforcing\nSELINUX=permissive\nSELINUXTYPE=targeted\n");
    expect(sandbox.calls()).toEqual([["setenforce", "0"]]);
    expect(readdirSync(sandbox.path("/etc/selinux"))).toEqual(["config"]);
  });

  it("finds the mode in any spelling that the next boot reads", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setenforce", "");
    sandbox.file(CONFIG, "SELINUX= Enforcing # for good\n");
    await make(sandbox, change);
    expect(sandbox.read(CONFIG)).toBe("SELINUX= permissive # for good\n");
  });

  it("is not set only for now: nothing is changed if the file stays enforcing", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sed", "");
    sandbox.file(CONFIG, "SELINUX=enforcing\n");
    const made = make(sandbox, change);
    await expect(made).rejects.toThrow("/etc/selinux/config still has SELINUX=enforcing");
    expect(sandbox.calls("setenforce")).toEqual([]);
  });
});

describe("SELinux", () => {
  it("is enforcing again", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("getenforce", "echo Enforcing");
    sandbox.answer("setenforce", "");
    sandbox.file(CONFIG, "SELINUX=enforcing\n");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(CONFIG)).toBe("SELINUX=permissive\n");
    await undoChange(sandbox, change, before);
    expect(sandbox.read(CONFIG)).toBe("SELINUX=enforcing\n");
    expect(sandbox.commands("setenforce")).toEqual(["setenforce 0", "setenforce 1"]);
  });

  it("is permissive until reboot again, if it was before", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("getenforce", "echo Permissive");
    sandbox.file(CONFIG, "SELINUX=enforcing\n");
    const before = await stateBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe("SELinux: restore permissive mode until reboot");
  });

  describe("that was disabled in the meantime", () => {
    it.each([
      ["is restored if it is still as k8s-ha wrote it", "SELINUX=permissive\n", "SELINUX=enforcing\n", []],
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
      const before = await stateBefore(sandbox, change);
      sandbox.answer("getenforce", "echo Disabled");
      sandbox.answer("setenforce", "exit 1");
      sandbox.file(CONFIG, now);
      expect(await undoChange(sandbox, change, before)).toEqual(notes);
      expect(sandbox.read(CONFIG)).toBe(expected);
      expect(sandbox.calls("setenforce")).toEqual([]);
    });
  });
});
