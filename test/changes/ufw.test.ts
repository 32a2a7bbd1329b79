import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { stateBefore, make, undoChange, undoOf } from "./context.js";
import { itIsShownAs } from "./shown.js";
import { FILE, RULES, ufw } from "./ufw-host.js";

const change: Change = { kind: "ufw", host: "lb1", ports: ["6443/tcp", "8404/tcp"], vrrp: true };
const OURS = "# BEGIN k8s-ha\n-A ufw-before-input -p 112 -j ACCEPT\n# END k8s-ha\n";
const WITH_OURS = RULES.replace(/COMMIT\n$/, `${OURS}COMMIT\n`);

describe("ufw", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "ufw: allow 6443/tcp, 8404/tcp, VRRP",
    diff: "+ ufw allow 6443/tcp\n+ ufw allow 8404/tcp\n+ /etc/ufw/before.rules: -A ufw-before-input -p 112 -j ACCEPT",
  });

  it("gets VRRP at the end of its filter table, then the ports, and reloads its files", async () => {
    using sandbox = ufw(RULES);
    await make(sandbox, change);
    expect(sandbox.read(FILE)).toBe(WITH_OURS);
    expect(sandbox.commands("ufw")).toEqual(["ufw allow 6443/tcp", "ufw allow 8404/tcp", "ufw reload"]);
    expect(readdirSync(sandbox.path("/etc/ufw"))).toEqual(["before.rules", "ufw.conf", "user.rules"]);
  });

  it("has the rule once, also after an interruption before ufw read it", async () => {
    using sandbox = ufw(WITH_OURS);
    await make(sandbox, change);
    expect(sandbox.read(FILE)).toBe(WITH_OURS);
  });

  it("gets VRRP once into a table whose name is followed by blanks, as iptables-restore accepts", async () => {
    const rules = RULES.replace("*filter\n", "*filter \t\n");
    using sandbox = ufw(`${rules}${rules}`);
    await make(sandbox, change);
    expect(sandbox.read(FILE)).toBe(`${rules.replace(/COMMIT\n$/, `${OURS}COMMIT\n`)}${rules}`);
  });

  it.each([
    ["has no such table", RULES.replace("*filter", "*mangle")],
    ["does not end that table", RULES.replace(/COMMIT\n$/, "")],
    ["lost the end of our lines", WITH_OURS.replace("# END k8s-ha\n", "")],
  ])("fails without changing anything if its file %s", async (_, rules) => {
    using sandbox = ufw(rules);
    await expect(make(sandbox, change)).rejects.toThrow("/etc/ufw/before.rules stays unchanged: ");
    expect(sandbox.read(FILE)).toBe(rules);
    expect(readdirSync(sandbox.path("/etc/ufw"))).toEqual(["before.rules", "ufw.conf", "user.rules"]);
    expect(sandbox.commands("ufw")).toEqual([]);
  });

  it("does not change its files if only a port is missing", async () => {
    using sandbox = ufw(RULES);
    await make(sandbox, { ...change, ports: ["8404/tcp"], vrrp: false });
    expect(sandbox.read(FILE)).toBe(RULES);
    expect(sandbox.commands("ufw")).toEqual(["ufw allow 8404/tcp"]);
  });

  it("allows VRRP of an IPv6 VIP in the file for that family", async () => {
    using sandbox = ufw(RULES);
    const six = RULES.replaceAll("ufw-", "ufw6-");
    sandbox.file("/etc/ufw/before6.rules", six);
    await make(sandbox, { ...change, family: "ipv6" });
    expect(sandbox.read(FILE)).toBe(RULES);
    expect(sandbox.read("/etc/ufw/before6.rules")).toBe(
      six.replace(/COMMIT\n$/, `${OURS.replace("ufw-", "ufw6-")}COMMIT\n`),
    );
  });

  it("does not reload ufw if the file could not be written", async () => {
    using sandbox = ufw(RULES);
    sandbox.answer("awk", "exit 2");
    await expect(make(sandbox, change)).rejects.toMatchObject({ host: "lb1" });
    expect(sandbox.read(FILE)).toBe(RULES);
    expect(sandbox.commands("ufw")).toEqual([]);
  });

  it("loses what we added, and nothing that was there before", async () => {
    using sandbox = ufw(RULES, "-A ufw-user-input -p tcp --dport 8404 -j ACCEPT\n");
    const before = await stateBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe("ufw: no longer allow 6443/tcp, VRRP");
    await make(sandbox, change);
    const made = sandbox.commands("ufw").length;
    await undoChange(sandbox, change, before);
    expect(sandbox.read(FILE)).toBe(RULES);
    expect(sandbox.commands("ufw").slice(made)).toEqual(["ufw delete allow 6443/tcp", "ufw reload"]);
  });

  it("keeps what we added if ufw itself was removed", async () => {
    using sandbox = ufw(RULES);
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.lacks("ufw");
    expect(await undoChange(sandbox, change, before)).toEqual([
      "ufw is no longer installed on lb1: its files stay unchanged",
    ]);
    expect(sandbox.read(FILE)).toBe(WITH_OURS);
  });

  it("is undone as one, after an interrupted run and a resumed one", () => {
    const merge = undoOf(change).merge?.(
      { ports: ["6443/tcp"], vrrp: true },
      { ports: ["8404/tcp"], vrrp: false },
    );
    expect(merge).toEqual({ ports: ["6443/tcp", "8404/tcp"], vrrp: true });
  });
});
