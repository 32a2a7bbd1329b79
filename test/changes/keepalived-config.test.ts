import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { kindOf, markOf, type Change } from "../../src/changes/change.js";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const PATH = "/etc/keepalived/keepalived.conf";
const change: Change = {
  kind: "keepalived-config",
  host: "lb1",
  vip: "10.88.0.100",
  interface: "eth0",
  virtualRouterId: 51,
  priority: 150,
  penalty: 20,
  before: null,
};

describe("keepalived-config", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "write /etc/keepalived/keepalived.conf (a file not managed by k8s-ha is kept next to it)",
    diff: expect.stringContaining("+     priority 150") as string,
  });

  it("is marked as modified if there is one", () => {
    expect(markOf({ ...change, before: "" })).toBe("~");
  });

  it("shows keepalived's password, which is not known yet, as [secret]", () => {
    const text = kindOf(change).diff?.(change) ?? "";
    expect(text).toContain("+         auth_pass [secret]");
    expect(text).toContain("+     priority 150");
    const before = text.replaceAll(/^\+ /gm, "").replace("priority 150", "priority 1");
    const diff = kindOf(change).diff?.({ ...change, before: `${before}\n` }) ?? "";
    expect(diff.split("\n").filter((line) => /^[+-]/.test(line))).toEqual([
      "-    priority 1",
      "+    priority 150",
    ]);
  });

  it("keeps the password that the load balancers share, and has keepalived check the file", async () => {
    using sandbox = new Sandbox();
    const text = keepalivedConfig({ ...change, password: new Secret("aB3dE6gH") })
      .secretText()
      .reveal();
    sandbox.file(PATH, text.replace("priority 150", "priority 1"));
    await make(sandbox, change);
    expect(sandbox.read(PATH)).toBe(text);
    expect(sandbox.commands("keepalived")).toEqual([
      expect.stringMatching(/^keepalived -t -f \/etc\/keepalived\//),
    ]);
    expect(sandbox.scripts.join("\n")).not.toContain("aB3dE6gH");
  });

  it("generates one if there is none", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.read(PATH)).toMatch(/^ +auth_pass [A-Za-z0-9]{8}$/m);
  });
});

describe("keepalived.conf", () => {
  it("is removed again; an edit by hand is detected with masked passwords, and no password is shown", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/keepalived/samples", "");
    const before = await stateBefore(sandbox, change);
    const text = keepalivedConfig({ ...change, password: new Secret("aB3dE6gH") })
      .secretText()
      .reveal();
    sandbox.file(PATH, text);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, text.replace("priority 150", "priority 1"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
    await undoChange(sandbox, change, before);
    expect(existsSync(sandbox.path(PATH))).toBe(false);
  });
});
