import { existsSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindOf, markOf, type Change } from "../../src/changes/change.js";
import { haproxyConfig } from "../../src/config-files/haproxy.js";
import { parseStatsPassword } from "../../src/config-files/haproxy-passwords.js";
import { Secret } from "../../src/shell/secret.js";
import { haproxyOptions } from "../config-files/haproxy-options.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const PATH = "/etc/haproxy/haproxy.cfg";
const options = { ...haproxyOptions, stats: { port: 8404, user: "admin" } };
const change: Change = { kind: "haproxy-config", host: "lb1", options, before: null };

describe("haproxy-config", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "write /etc/haproxy/haproxy.cfg (a file not managed by k8s-ha is kept next to it)",
    diff: expect.stringContaining("+     stats auth admin:[secret]") as string,
  });

  it("is marked as modified if there is one", () => {
    expect(markOf({ ...change, before: "" })).toBe("~");
  });

  it("shows the statistics page's password as [secret], also if nothing else is new", () => {
    const text = kindOf(change).diff?.(change) ?? "";
    expect(text).toContain("+     stats auth admin:[secret]");
    const before = `${text.replaceAll(/^\+ /gm, "")}\n`;
    expect(kindOf(change).diff?.({ ...change, before })).toBe("the statistics page's password");
  });

  const mode = (sandbox: Sandbox) => (statSync(sandbox.path(PATH)).mode & 0o777).toString(8);
  const password = (sandbox: Sandbox) => parseStatsPassword(sandbox.read(PATH))?.reveal();

  it("keeps the password that the load balancers share, readable only by root, and has haproxy check the file", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, haproxyConfig(options, new Secret("hunter2")).secretText().reveal());
    await make(sandbox, { ...change, options: { ...options, maxconn: 500 } });
    expect(password(sandbox)).toBe("hunter2");
    expect(sandbox.read(PATH)).toContain("    maxconn 500\n");
    expect(mode(sandbox)).toBe("600");
    expect(sandbox.commands("haproxy")).toEqual([expect.stringMatching(/^haproxy -c -f \/etc\/haproxy\//)]);
    expect(sandbox.scripts.join("\n")).not.toContain("hunter2");
  });

  it("generates one if there is none, and takes none from a third-party file", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "listen stats\n    stats auth admin:'hunter2'\n");
    await make(sandbox, change);
    expect(password(sandbox)).toMatch(/^[A-Za-z0-9]{24}$/);
  });

  it("takes the one in the operator's file, regardless of the load balancers", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, haproxyConfig(options, new Secret("hunter2")).secretText().reveal());
    sandbox.file("/password", "it's new\nanything\n");
    await make(sandbox, { ...change, passwordFile: sandbox.path("/password") });
    expect(password(sandbox)).toBe("it's new");
    expect(sandbox.scripts.join("\n")).not.toContain("s new");
  });

  it("is world-readable if there is no password", async () => {
    using sandbox = new Sandbox();
    const open = { ...options, stats: { port: 8404 } };
    await make(sandbox, { ...change, options: open });
    expect(sandbox.read(PATH)).toBe(haproxyConfig(open).shown());
    expect(mode(sandbox)).toBe("644");
  });
});

describe("haproxy.cfg", () => {
  it("is the previous file again; an edit by hand is detected with masked passwords, and no password is shown", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "of the package\n");
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(`${PATH}.k8s-ha-before`)).toBe("of the package\n");
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, sandbox.read(PATH).replace("maxconn 4000", "maxconn 10"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
    await undoChange(sandbox, change, before);
    expect(existsSync(sandbox.path(`${PATH}.k8s-ha-before`))).toBe(false);
    expect(sandbox.read(PATH)).toBe("of the package\n");
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
  });
});
