import { describe, expect, it } from "vitest";
import { MANAGED } from "../../src/config-files/managed.js";
import { KEEPALIVED_CONF, maskedKeepalivedConf } from "../../src/machine/keepalived.js";
import { Sandbox } from "./sandbox.js";

describe("keepalived.conf", () => {
  it.each([
    ["blanks", "        auth_pass hunter22\n", "        auth_pass [secret]\n"],
    ["tabs", "\t\tauth_pass\thunter22\n", "\t\tauth_pass [secret]\n"],
    [
      "one line",
      "authentication { auth_type PASS auth_pass hunter22 }\n",
      "authentication { auth_type PASS auth_pass [secret] }\n",
    ],
    ["quotes", '  auth_pass "hunter 22" # old\n', "  auth_pass [secret] # old\n"],
  ])("masks a password after %s", async (_, line, masked) => {
    using sandbox = new Sandbox();
    sandbox.file(KEEPALIVED_CONF, `vrrp_instance a {\n${line}}\n`);
    const { shown } = await sandbox.host().ask(maskedKeepalivedConf);
    expect(shown).toBe(`vrrp_instance a {\n${masked}}\n`);
  });

  it("has a digest to compare passwords, without the password", async () => {
    using sandbox = new Sandbox();
    const digestOf = async (text: string): Promise<string> => {
      sandbox.file(KEEPALIVED_CONF, text);
      return (await sandbox.host().ask(maskedKeepalivedConf)).passwordDigest;
    };
    const one = await digestOf(`${MANAGED}\n  priority 150\n  auth_pass hunter22\n`);
    expect(one).toMatch(/^[\da-f]{16}$/);
    expect(await digestOf(`${MANAGED}\n  priority 140\n  auth_pass hunter22\n`)).toBe(one);
    expect(await digestOf(`${MANAGED}\n  priority 140\n  auth_pass hunter23\n`)).not.toBe(one);
  });

  it.each([
    ["is the package's file", "global_defs {\n}\nvrrp_instance VI_1 {\n  auth_pass 1111\n}\n"],
    ["is managed by k8s-ha and has none, as with IPv6", `${MANAGED}\nvrrp_instance a {\n}\n`],
  ])("has no password digest if it %s", async (_, text) => {
    using sandbox = new Sandbox();
    sandbox.file(KEEPALIVED_CONF, text);
    const { shown, passwordDigest } = await sandbox.host().ask(maskedKeepalivedConf);
    expect(passwordDigest).toBe("");
    expect(shown).toBe(text.replace("1111", "[secret]"));
  });

  it("is null without a file", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(maskedKeepalivedConf)).toEqual({ shown: null, passwordDigest: "" });
  });
});
