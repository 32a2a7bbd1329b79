import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { Locked, lockCluster } from "../../src/engine/lock.js";
import { Fleet } from "../../src/machine/fleet.js";
import { Sandbox } from "../machine/sandbox.js";
import { ScriptedConnection } from "../machine/scripted.js";
import { labInventory } from "../steps/inventory.js";

const ANNA = "anna@laptop, process 4711, since 2026-01-31T22:15:30.000Z";

describe("the cluster's lock", () => {
  it("refuses a second run, and reports the holder", async () => {
    using sandbox = new Sandbox();
    const lock = await lockCluster(sandbox.fleet(), ANNA);
    const error: unknown = await lockCluster(sandbox.fleet(), "ben@desk").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Locked);
    expect(error).toMatchObject({ host: "master1", message: expect.stringContaining(ANNA) as unknown });
    await lock.release();
  });

  it("is free again after its release", async () => {
    using sandbox = new Sandbox();
    await (await lockCluster(sandbox.fleet(), ANNA)).release();
    const lock = await lockCluster(sandbox.fleet());
    expect(sandbox.read("/run/lock/k8s-ha.lock")).toMatch(
      new RegExp(`^.+@.+, process ${process.pid}, since \\d{4}-.*Z\\n$`),
    );
    await lock.release();
  });

  it("is released by its holder when its output is closed", async () => {
    using sandbox = new Sandbox();
    await (await lockCluster(sandbox.fleet(), ANNA)).release();
    const script = sandbox.scripts[0]?.replaceAll("/run/lock", sandbox.path("/run/lock")) ?? "";
    // head exits after the first word; the pipe ends when the holder does.
    const pipe = `( ${script}\n) | head -n 1`;
    expect(execFileSync("/bin/sh", ["-c", pipe], { encoding: "utf8", timeout: 8000 })).toBe("held\n");
    await (await lockCluster(sandbox.fleet(), ANNA)).release();
  }, 12_000);

  it("is waited for while the command of a killed holder still runs", async () => {
    using sandbox = new Sandbox();
    await (await lockCluster(sandbox.fleet(), ANNA)).release();
    const script = sandbox.scripts[0]?.replaceAll("/run/lock", sandbox.path("/run/lock")) ?? "";
    const dying = spawn("/bin/sh", ["-c", `( ${script}\n) | head -n 1`]);
    await once(dying.stdout, "data");
    await (await lockCluster(sandbox.fleet(), "ben@desk")).release();
    expect(sandbox.read("/run/lock/k8s-ha.lock")).toBe("ben@desk\n");
  }, 12_000);

  it("ends without heartbeats, and is waited for", async () => {
    using sandbox = new Sandbox();
    await (await lockCluster(sandbox.fleet(), ANNA)).release();
    // A holder whose client is disconnected: it can still write, but hears nothing.
    const script = sandbox.scripts[0]?.replaceAll("/run/lock", sandbox.path("/run/lock")) ?? "";
    const orphan = spawn(
      "/bin/sh",
      ["-c", script.replace(/^beat$/m, `echo 0 >${sandbox.path("/run/lock")}/k8s-ha.alive`)],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    await once(orphan.stdout, "data");
    orphan.stdout.resume();
    const ended = once(orphan, "exit");
    const lock = await lockCluster(sandbox.fleet(), "ben@desk");
    await ended;
    expect(lock.isLost()).toBe(false);
    await lock.release();
    expect(lock.isLost()).toBe(false);
  }, 15_000);

  it("is lost if its command ends", async () => {
    using sandbox = new Sandbox();
    const lock = await lockCluster(sandbox.fleet(), ANNA);
    sandbox.file("/run/lock/k8s-ha.alive", "0\n");
    await expect.poll(() => lock.isLost(), { timeout: 8000 }).toBe(true);
    await lock.release();
  }, 12_000);

  it("reports a missing flock", async () => {
    const without = new ScriptedConnection(() => ({ code: 69, stdout: "", stderr: "" }));
    const fleet = new Fleet(labInventory(), new Map([["master1", without]]));
    await expect(lockCluster(fleet)).rejects.toMatchObject({
      host: "master1",
      message: "flock is not installed",
    });
    expect(without.sent[0]?.script.text).toMatch(/^command -v flock >\/dev\/null \|\| exit 69$/m);
  });
});
