import { readdirSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const change: Change = {
  kind: "folder",
  host: "master2",
  path: "/var/log/kubernetes/audit",
  mode: "0750",
  owner: "0:0",
};

describe("folder", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "create the folder /var/log/kubernetes/audit",
    diff: "+ /var/log/kubernetes/audit/ (0750 0:0)",
  });
});

describe("a folder", () => {
  it("is removed again, with the parents created for it", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/other", "");
    const before = await stateBefore(sandbox, change);
    expect(before).toMatchObject({
      missing: expect.arrayContaining([change.path, "/var/log/kubernetes"]) as unknown,
    });
    await make(sandbox, change);
    expect(statSync(sandbox.path(change.path)).mode & 0o7777).toBe(0o750);
    expect(sandbox.commands("chown")).toEqual([`chown 0:0 ${change.path}`]);
    await undoChange(sandbox, change, before);
    await undoChange(sandbox, change, before);
    expect(readdirSync(sandbox.path("/var"))).toEqual(["lib"]);
  });

  it("stays if something was added to it", async () => {
    using sandbox = new Sandbox();
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.file(`${change.path}/audit.log`, "{}");
    await undoChange(sandbox, change, before);
    expect(readdirSync(sandbox.path(change.path))).toEqual(["audit.log"]);
  });
});
