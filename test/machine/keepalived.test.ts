import { describe, expect, it } from "vitest";
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
  ])("has a password masked that stands after %s", async (_, line, masked) => {
    using sandbox = new Sandbox();
    sandbox.file(KEEPALIVED_CONF, `vrrp_instance a {\n${line}}\n`);
    const one = await sandbox.host().ask(maskedKeepalivedConf);
    expect(one.shown).toBe(`vrrp_instance a {\n${masked}}\n`);
    sandbox.file(KEEPALIVED_CONF, "auth_pass other\n");
    const other = await sandbox.host().ask(maskedKeepalivedConf);
    expect(other.passwordDigest).not.toBe(one.passwordDigest);
  });

  it("is nothing where there is none", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(maskedKeepalivedConf)).toEqual({ shown: null, passwordDigest: "" });
  });
});
