import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MANAGED } from "../../src/config-files/managed.js";
import { isForeignFile } from "../../src/machine/packages.js";
import { Sandbox } from "./sandbox.js";

const PATH = "/etc/haproxy/haproxy.cfg";
const DEFAULT = "global\n    log /dev/log local0\n";

/** Whether the file is foreign on a host whose package brought {@link DEFAULT}. */
async function foreign(content: string | undefined, installed = true): Promise<boolean> {
  using sandbox = new Sandbox();
  const md5 = createHash("md5").update(DEFAULT).digest("hex");
  const conffiles = ` /etc/default/haproxy 0123\n ${sandbox.path(PATH)} ${md5}\n`;
  sandbox.answer("dpkg-query", installed ? `printf '%s' '${conffiles}'` : "exit 1");
  if (content !== undefined) sandbox.file(PATH, content);
  return await sandbox.host().ask(isForeignFile(PATH, { mark: MANAGED, package: "haproxy" }));
}

describe("isForeignFile", () => {
  it.each([
    ["no file", undefined, false],
    ["a file of ours", `${MANAGED}\nglobal\n`, false],
    ["a file of ours that was edited", `${MANAGED}\nfrontend shop\n`, false],
    ["the package's own file", DEFAULT, false],
    ["the package's file, edited", `${DEFAULT}frontend shop\n`, true],
    ["an empty file", "", true],
    ["our mark further down", `frontend shop\n${MANAGED}\n`, true],
  ])("%s", async (_, content, expected) => {
    expect(await foreign(content)).toBe(expected);
  });

  it("takes a file for somebody's work where the package was never installed", async () => {
    expect(await foreign(DEFAULT, false)).toBe(true);
    expect(await foreign(undefined, false)).toBe(false);
  });
});
