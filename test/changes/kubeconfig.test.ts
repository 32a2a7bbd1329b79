import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readdirSync, statSync, symlinkSync, utimesSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { kubeconfigKind, type KubeconfigChange } from "../../src/changes/kubeconfig.js";
import { replaceServer } from "../../src/config-files/kubeconfig.js";
import { Sandbox } from "../machine/sandbox.js";
import { contextOf, driftOf, stateBefore, make, undoChange } from "./context.js";
import { itIsShownAs } from "./shown.js";

const FROM = "https://10.88.0.11:6443";
const TO = "https://10.88.0.100:6443";
const PATH = "/etc/kubernetes/admin.conf";
const change: KubeconfigChange = { kind: "kubeconfig", host: "master1", path: PATH, from: FROM, to: TO };
const LONG_AGO = 1_600_000_000;

async function edited(sandbox: Sandbox, text: string): Promise<string> {
  sandbox.file(PATH, text);
  await kubeconfigKind.apply(change, contextOf(sandbox));
  return sandbox.read(PATH);
}

const server = fc.constantFrom(
  FROM,
  FROM,
  TO,
  `${FROM}0`,
  "https://10.88.0.11:644",
  "https://10x88x0x11:6443",
);
const entry = fc.record({
  name: fc.constantFrom("kubernetes", "", "server", `server: ${FROM}`, FROM, "a \"b\" 'c'"),
  cluster: fc.record({ "certificate-authority-data": fc.base64String(), server }),
});

describe("kubeconfig", () => {
  itIsShownAs(change, {
    mark: "~",
    describe: "/etc/kubernetes/admin.conf: server https://10.88.0.100:6443",
    diff: "- server: https://10.88.0.11:6443\n+ server: https://10.88.0.100:6443",
  });
});

describe("a kubeconfig's edit", () => {
  it("changes only the servers that equal the previous one, and no other byte", async () => {
    using sandbox = new Sandbox();
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (clusters, indentSeq) => {
          const all = [...clusters, { name: "one", cluster: { server: FROM } }];
          const config = {
            apiVersion: "v1",
            kind: "Config",
            clusters: all,
            users: [{ name: FROM, user: {} }],
          };
          const text = stringify(config, { lineWidth: 0, indentSeq });
          expect(await edited(sandbox, text)).toBe(replaceServer(text, FROM, TO));
        },
      ),
      { numRuns: 25 },
    );
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["admin.conf"]);
  });

  it.each(["'", '"'])("finds a server in %s quotes", async (quote) => {
    using sandbox = new Sandbox();
    const text = (url: string): string => `clusters:\n- cluster:\n    server: ${url}\n  name: a\n`;
    expect(await edited(sandbox, text(`${quote}${FROM}${quote}`))).toBe(text(TO));
  });

  it("treats no character of an address as a pattern or an escape", async () => {
    using sandbox = new Sandbox();
    const to = String.raw`https://a&b\n\\c:6443`;
    sandbox.file(PATH, `    server: ${FROM}\n`);
    await kubeconfigKind.apply({ ...change, to }, contextOf(sandbox));
    expect(sandbox.read(PATH)).toBe(`    server: ${to}\n`);
  });

  it("keeps mode and place: a link stays a link, and its target is edited", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/real.conf", `    server: ${FROM}\n`);
    chmodSync(sandbox.path("/etc/kubernetes/real.conf"), 0o640);
    symlinkSync("real.conf", sandbox.path(PATH));
    await kubeconfigKind.apply(change, contextOf(sandbox));
    expect(lstatSync(sandbox.path(PATH)).isSymbolicLink()).toBe(true);
    expect(sandbox.read(PATH)).toBe(`    server: ${TO}\n`);
    expect(statSync(sandbox.path(PATH)).mode & 0o777).toBe(0o640);
  });

  it("keeps the key on the host: no file content is returned", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, `    server: ${FROM}\nclient-key-data: KEY\n`);
    await kubeconfigKind.apply(change, contextOf(sandbox));
    const [script = ""] = sandbox.scripts;
    expect(script).not.toContain("KEY");
    expect(sandbox.read(PATH)).toContain("client-key-data: KEY\n");
  });

  it("is already done if another path pointed to the same file", async () => {
    using sandbox = new Sandbox();
    const text = `    server: ${FROM}\n`;
    await edited(sandbox, text);
    await kubeconfigKind.apply(change, contextOf(sandbox));
    expect(sandbox.read(PATH)).toBe(`    server: ${TO}\n`);
  });

  it("fails if the address is no longer there", async () => {
    using sandbox = new Sandbox();
    await expect(edited(sandbox, `    server: https://other:6443\n`)).rejects.toMatchObject({
      message: `${PATH} no longer contains the server ${FROM}`,
      host: "master1",
    });
  });

  it("keeps the file and its time if there is nothing to change in it", async () => {
    using sandbox = new Sandbox();
    const text = `    server: ${TO}`;
    sandbox.file(PATH, text);
    const before = statSync(sandbox.path(PATH)).mtimeMs;
    await kubeconfigKind.apply(change, contextOf(sandbox)).catch(() => undefined);
    expect(sandbox.read(PATH)).toBe(text);
    expect(statSync(sandbox.path(PATH)).mtimeMs).toBe(before);
  });

  it("fails if the file does not exist, and creates none", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/other", "");
    await expect(kubeconfigKind.apply(change, contextOf(sandbox))).rejects.toMatchObject({ host: "master1" });
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["other"]);
  });
});

describe("a kubeconfig", () => {
  const text = (server: string, key = "KEY"): string =>
    `clusters:\n- cluster:\n    server: ${server}\nkey: ${key}\n`;

  it("is the previous file again", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    utimesSync(sandbox.path(PATH), LONG_AGO, LONG_AGO);
    const before = await stateBefore(sandbox, change);
    expect(JSON.stringify(before)).not.toContain("KEY");
    await make(sandbox, change);
    expect(sandbox.read(PATH)).toBe(text(TO));
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
    expect(statSync(sandbox.path(PATH)).mtimeMs).toBe(LONG_AGO * 1000);
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
  });

  it("keeps keys that were renewed since", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    const before = await stateBefore(sandbox, change);
    sandbox.file(PATH, text(TO, "NEW"));
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM, "NEW"));
  });

  it("that was pointed elsewhere, or no longer exists, is reported", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    const before = await stateBefore(sandbox, change);
    sandbox.file(PATH, text("https://proxy:6443"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} no longer contains the server ${TO}`);
    execFileSync("rm", [sandbox.path(PATH)]);
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} no longer exists`);
    await undoChange(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
  });

  it("is edited in the target of a link", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/real.conf", text(FROM));
    symlinkSync("real.conf", sandbox.path(PATH));
    const before = await stateBefore(sandbox, change);
    await make(sandbox, change);
    await undoChange(sandbox, change, before);
    expect(sandbox.read("/etc/kubernetes/real.conf")).toBe(text(FROM));
    expect(readdirSync(sandbox.path("/etc/kubernetes"), { withFileTypes: true })[0]?.isSymbolicLink()).toBe(
      true,
    );
  });
});
