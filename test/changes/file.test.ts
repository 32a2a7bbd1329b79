import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindOf, markOf, type Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const PATH = "/etc/haproxy/haproxy.cfg";
const change: Change = {
  kind: "file",
  host: "lb1",
  path: PATH,
  content: "new\n",
  mode: "0644",
  owner: "root:root",
  before: null,
};
const LONG_AGO = 1_600_000_000;

describe("file", () => {
  itIsShownAs(change, { mark: "+", describe: "write /etc/haproxy/haproxy.cfg", diff: "+ new" });

  it("is marked as modified if there is one", () => {
    expect(markOf({ ...change, before: "" })).toBe("~");
  });

  it("shows mode and owner if only they are wrong", () => {
    expect(kindOf(change).diff?.({ ...change, before: "new\n" })).toBe("mode and owner: 0644 root:root");
    expect(kindOf(change).diff?.({ ...change, before: "old\n" })).toBe("@@ -1,1 +1,1 @@\n-old\n+new");
  });
});

describe("a file", () => {
  it("is restored with mode and time, also repeatedly", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    chmodSync(sandbox.path(PATH), 0o640);
    utimesSync(sandbox.path(PATH), LONG_AGO, LONG_AGO);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    for (let n = 0; n < 2; n++) {
      await undoChange(sandbox, change, before);
      expect(sandbox.read(PATH)).toBe("old\n");
      const { mode, mtimeMs } = statSync(sandbox.path(PATH));
      expect([mode & 0o777, mtimeMs]).toEqual([0o640, LONG_AGO * 1000]);
      expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["haproxy.cfg"]);
    }
    expect(statSync(sandbox.path("/var/lib/k8s-ha/undo")).mode & 0o777).toBe(0o700);
  });

  it("is removed if there was none, with the folders created for it", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/hostname", "lb1\n");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    await undoChange(sandbox, change, before);
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["hostname"]);
    await undoChange(sandbox, change, before);
  });

  it("keeps a folder that something else uses by now", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/hostname", "lb1\n");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.file("/etc/haproxy/other", "");
    await undoChange(sandbox, change, before);
    expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["other"]);
  });

  it("that was a link is a link again", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/haproxy/real", "old\n");
    symlinkSync("real", sandbox.path(PATH));
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read("/etc/haproxy/real")).toBe("old\n");
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe("old\n");
    expect(readdirSync(sandbox.path("/etc/haproxy"), { withFileTypes: true })[0]?.isSymbolicLink()).toBe(
      true,
    );
  });

  it("that was edited since is reported; our text and the previous one are not", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    const before = await stateBefore(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await make(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, "by hand\n");
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
  });

  it("stays unchanged if its copy is missing", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    execFileSync("rm", ["-r", sandbox.path("/var/lib/k8s-ha")]);
    await expect(undoChange(sandbox, change, before)).rejects.toMatchObject({ host: "lb1" });
    expect(sandbox.read(PATH)).toBe("new\n");
  });
});
