import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { make } from "./context.js";
import { itIsShownAs } from "./shown.js";

const PATH = "/etc/kubernetes/pki/sa.key";
const change: Change = {
  kind: "file-copy",
  host: "master2",
  from: "master1",
  path: PATH,
  mode: "0600",
  owner: "root:root",
};

describe("file-copy", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "copy /etc/kubernetes/pki/sa.key from master1",
    diff: "+ /etc/kubernetes/pki/sa.key (0600 root:root)",
  });

  it("copies the file without its text in any script", async () => {
    using sandbox = new Sandbox();
    const bytes = Buffer.from([...Buffer.from("KEY without a newline"), 0, 0xff]);
    sandbox.file(PATH, bytes);
    await make(sandbox, { ...change, owner: "1000:1000" });
    expect(readFileSync(sandbox.path(PATH))).toEqual(bytes);
    expect(sandbox.commands("chown")[0]).toMatch(/^chown 1000:1000 /);
    expect(sandbox.scripts).toHaveLength(2);
    expect(sandbox.scripts.join("\n")).not.toContain("KEY");
  });

  it("shows no key in the error if copying it fails", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("base64", "echo KEY; exit 1");
    const copying = make(sandbox, change);
    const error: unknown = await copying.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ host: "master1", code: 1, stderr: "" });
    expect((error as Error).message).not.toContain("KEY");
  });
});
