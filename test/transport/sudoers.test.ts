import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/shell/secret.js";
import { sh } from "../../src/shell/shell.js";
import { frame, type Privilege } from "../../src/transport/framing.js";

const docs = readFileSync(join(import.meta.dirname, "../../docs/security.md"), "utf8");

describe("the sudoers file in docs/security.md", () => {
  const permitted = /^ {4}k8s-ha ALL=.* (?:NO)?PASSWD: (.*)$/m.exec(docs)?.[1] ?? "";

  it("permits one program with any further arguments", () => {
    expect(permitted).toBe("/bin/sh -c *");
  });

  it.each<Privilege>([{ how: "sudo" }, { how: "sudo-password", password: new Secret("x") }])(
    "permits what is run with $how, of any length",
    (privilege) => {
      for (const script of [sh`id`, sh`echo ${"x".repeat(200_000)}`]) {
        const { line } = frame(script, undefined, { privilege, marker: "m", timeoutMs: 1000 });
        expect(line).toMatch(/^sudo -H -k (?:-n|-S -p '') -- \/bin\/sh -c '/);
      }
    },
  );
});
