import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { fileTree, MOST_FILES } from "../../src/machine/file-tree.js";
import { Sandbox } from "./sandbox.js";

const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("a file tree", () => {
  it("has every file, directory and socket with mode, owner and digest, and follows links", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/enc/config 1.yaml", "KEY");
    chmodSync(sandbox.path("/etc/enc"), 0o700);
    chmodSync(sandbox.path("/etc/enc/config 1.yaml"), 0o600);
    sandbox.file("/etc/oidc.pem", "CA");
    chmodSync(sandbox.path("/etc/oidc.pem"), 0o644);
    symlinkSync(sandbox.path("/etc/oidc.pem"), sandbox.path("/etc/enc/ca.pem"));
    const kms = createServer().listen(sandbox.path("/etc/enc/kms.sock"));
    const tree = await sandbox.host().ask(fileTree(["/etc/enc", "/etc/none"], []));
    await new Promise((resolve) => kms.close(resolve));
    expect(Object.fromEntries(tree)).toEqual({
      "/etc/enc": { type: "folder", mode: "0700", owner, bytes: expect.any(Number) as number },
      "/etc/enc/config 1.yaml": { type: "file", mode: "0600", owner, bytes: 3, digest: sha256("KEY") },
      "/etc/enc/ca.pem": { type: "file", mode: "0644", owner, bytes: 2, digest: sha256("CA") },
      "/etc/enc/kms.sock": expect.objectContaining({ type: "socket" }) as object,
    });
    expect([...tree.keys()][0]).toBe("/etc/enc");
  });

  it("has only the sockets of a shallow directory, even inside a deep one", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/audit/policy.yaml", "P");
    for (let i = 0; i <= MOST_FILES; i++) sandbox.file(`/etc/audit/l[o]gs/kms/${i}`, "");
    const kms = createServer().listen(sandbox.path("/etc/audit/l[o]gs/kms/kms.sock"));
    const tree = await sandbox.host().ask(fileTree(["/etc/audit"], ["/etc/audit/l[o]gs"]));
    await new Promise((resolve) => kms.close(resolve));
    expect([...tree].map(([path, { type }]) => [path, type])).toEqual([
      ["/etc/audit/l[o]gs", "folder"],
      ["/etc/audit/l[o]gs/kms/kms.sock", "socket"],
      ["/etc/audit", "folder"],
      ["/etc/audit/policy.yaml", "file"],
    ]);
  });

  it("omits the content of a shallow directory, and of one with too many files", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/log/audit/audit.log", "{}");
    mkdirSync(sandbox.path("/etc/full"), { recursive: true });
    for (let i = 0; i <= MOST_FILES; i++) sandbox.file(`/etc/full/${i}`, "");
    const tree = await sandbox.host().ask(fileTree(["/etc/full"], ["/var/log/audit"]));
    expect([...tree.keys()]).toEqual(["/var/log/audit", "/etc/full"]);
    expect(tree.get("/etc/full")?.isCrowded).toBe(true);
    expect(tree.get("/var/log/audit")?.isCrowded).toBeUndefined();
  });
});
