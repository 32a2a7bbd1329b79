import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { forgetSavedFiles, restoreFiles, saveFiles } from "../../src/machine/saved-files.js";
import { Sandbox } from "./sandbox.js";

describe("a restored file", () => {
  it("is removed with leftovers of an interrupted write", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a", "a");
    const saved = await saveFiles(sandbox.host(), "run", ["/etc/a", "/etc/b"]);
    for (const path of ["/etc/a", "/etc/b", "/etc/.k8s-ha.a.new", "/etc/.k8s-ha.b.new"])
      sandbox.file(path, "x");
    await restoreFiles(sandbox.host(), saved);
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["a"]);
    expect(sandbox.read("/etc/a")).toBe("a");
  });
});

describe("a restored directory", () => {
  it("stays the same directory with its previous content: its watchers are notified", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/cni/net.d/10-bridge.conflist", "{}");
    sandbox.file("/etc/cni/net.d/kept", "old");
    symlinkSync("kept", sandbox.path("/etc/cni/net.d/link"));
    const inode = () => statSync(sandbox.path("/etc/cni/net.d")).ino;
    const former = inode();
    const saved = await saveFiles(sandbox.host(), "run", ["/etc/cni"]);
    rmSync(sandbox.path("/etc/cni/net.d/10-bridge.conflist"));
    rmSync(sandbox.path("/etc/cni/net.d/link"));
    mkdirSync(sandbox.path("/etc/cni/net.d/link"));
    sandbox.file("/etc/cni/net.d/kept", "new");
    sandbox.file("/etc/cni/net.d/more/of it", "foreign");
    await restoreFiles(sandbox.host(), saved);
    await restoreFiles(sandbox.host(), saved);
    expect(inode()).toBe(former);
    expect(readdirSync(sandbox.path("/etc/cni/net.d")).sort()).toEqual([
      "10-bridge.conflist",
      "kept",
      "link",
    ]);
    expect(sandbox.read("/etc/cni/net.d/link")).toBe("old");
    expect(sandbox.read("/etc/cni/net.d/10-bridge.conflist")).toBe("{}");
  });

  it("is recreated if missing, and removed if it did not exist", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/cni/net.d/a", "a");
    const saved = await saveFiles(sandbox.host(), "run", ["/etc/cni", "/var/lib/cni"]);
    rmSync(sandbox.path("/etc/cni"), { recursive: true });
    sandbox.file("/var/lib/cni/results/x", "x");
    await restoreFiles(sandbox.host(), saved);
    expect(sandbox.read("/etc/cni/net.d/a")).toBe("a");
    expect(readdirSync(sandbox.path("/var/lib"))).not.toContain("cni");
  });
});

describe("saved files of runs", () => {
  it("are removed for these runs, and kept for another inventory's runs", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a", "a");
    for (const run of ["one", "two", "other"]) await saveFiles(sandbox.host(), run, ["/etc/a"]);
    await forgetSavedFiles(sandbox.host(), ["one", "two", "three"]);
    expect(readdirSync(sandbox.path("/var/lib/k8s-ha/undo"))).toEqual(["other"]);
    await forgetSavedFiles(sandbox.host(), ["other"]);
    expect(readdirSync(sandbox.path("/var/lib"))).not.toContain("k8s-ha");
  });
});
