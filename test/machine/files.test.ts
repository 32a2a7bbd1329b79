import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MANAGED } from "../../src/config-files/managed.js";
import { digests, modifiedTimes, readFile, writeFile } from "../../src/machine/files.js";
import type { WritableHost } from "../../src/machine/host.js";
import { CommandFailed } from "../../src/machine/query.js";
import { Secret } from "../../src/shell/secret.js";
import { Sandbox } from "./sandbox.js";

const id = (option: string): string => execFileSync("id", [option], { encoding: "utf8" }).trim();
const owner = `${id("-un")}:${id("-gn")}`;

describe("writeFile", () => {
  it("writes any bytes to any path, and replaces an existing file", async () => {
    using sandbox = new Sandbox();
    const name = fc
      .string({
        unit: fc.constantFrom("'", '"', "$", "`", " ", "\\", "-", ";", "&", "a", "."),
        minLength: 1,
        maxLength: 12,
      })
      .filter((text) => ![".", ".."].includes(text));
    await fc.assert(
      fc.asyncProperty(name, fc.uint8Array({ maxLength: 200 }), async (file, bytes) => {
        const path = `${sandbox.root}/any/${file}`;
        await writeFile(sandbox.host(), { path, content: Buffer.from(bytes), mode: "0640", owner });
        expect(readFileSync(path).equals(Buffer.from(bytes))).toBe(true);
        expect(statSync(path).mode & 0o777).toBe(0o640);
      }),
      { numRuns: 12 },
    );
    expect(readdirSync(sandbox.path("/any")).filter((entry) => entry.startsWith(".k8s-ha."))).toEqual([]);
  });

  it.each(["", "no newline at the end", 'it\'s "quoted" $HOME `id`\n', "ümläut → ✓\n"])(
    "writes %j",
    async (text) => {
      using sandbox = new Sandbox();
      await writeFile(sandbox.host(), { path: "/etc/a/b.conf", content: text, mode: "0644", owner });
      expect(sandbox.read("/etc/a/b.conf")).toBe(text);
    },
  );

  it("writes a secret that is in no script", async () => {
    using sandbox = new Sandbox();
    await writeFile(sandbox.host(), { path: "/etc/key", content: new Secret("horse"), mode: "0600", owner });
    expect(sandbox.read("/etc/key")).toBe("horse");
    expect(statSync(sandbox.path("/etc/key")).mode & 0o777).toBe(0o600);
    expect(sandbox.scripts.join()).not.toContain("horse");
  });

  it("replaces leftovers of an interrupted attempt, and follows no link there", async () => {
    using sandbox = new Sandbox();
    const left = ".k8s-ha.a.conf.new";
    sandbox.file(`/etc/${left}`, "half of a");
    const write = () => writeFile(sandbox.host(), { path: "/etc/a.conf", content: "a", mode: "0644", owner });
    await write();
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["a.conf"]);
    sandbox.file("/root/other", "precious");
    symlinkSync(sandbox.path("/root/other"), sandbox.path(`/etc/${left}`));
    await write();
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["a.conf"]);
    expect(sandbox.read("/root/other")).toBe("precious");
  });

  it.each(["", "[Unit]\n"])("keeps the old file if a connection ends after %j", async (came) => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a", "former");
    const host = sandbox.host();
    const dying: WritableHost = {
      ...host,
      run: (script, options) => host.run(script, { ...options, stdin: came }),
    };
    const file = { path: "/etc/a", content: "[Unit]\nAfter=b\n", mode: "0644", owner };
    await expect(writeFile(dying, file)).rejects.toThrow("incomplete transfer of /etc/a");
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["a"]);
    expect(sandbox.read("/etc/a")).toBe("former");
  });

  it("sets the owner, and SELinux's label", async () => {
    using sandbox = new Sandbox();
    await writeFile(sandbox.host(), { path: "/etc/a", content: "a", mode: "0600", owner: "etcd:root" });
    expect(sandbox.calls("chown", "restorecon")).toEqual([
      ["chown", "etcd:root", expect.stringMatching(/^\/etc\/\.k8s-ha\./)],
      ["restorecon", "/etc/a"],
    ]);
  });

  it("validates the new file next to the old one before it replaces it", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("haproxy", 'cat "$3" >"$SANDBOX/seen"');
    sandbox.file("/etc/haproxy.cfg", "old");
    const validate = ["haproxy", "-c", "-f"];
    await writeFile(sandbox.host(), {
      path: "/etc/haproxy.cfg",
      content: "new",
      mode: "0644",
      owner,
      validate,
    });
    expect(sandbox.read("/seen")).toBe("new");
    expect(sandbox.read("/etc/haproxy.cfg")).toBe("new");
  });

  it("keeps only the old file if the new one is rejected, and reports why", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("haproxy", "echo 'unknown keyword'; exit 1");
    sandbox.file("/etc/haproxy/haproxy.cfg", "old");
    const file = {
      path: "/etc/haproxy/haproxy.cfg",
      content: "bad",
      mode: "0644",
      owner,
      validate: ["haproxy"],
    };
    const error = await writeFile(sandbox.host(), file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandFailed);
    expect(error).toMatchObject({ host: "master1", stderr: "unknown keyword\n" });
    expect(sandbox.read("/etc/haproxy/haproxy.cfg")).toBe("old");
    expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["haproxy.cfg"]);
  });

  it("does not write a file into a directory of its name", async () => {
    using sandbox = new Sandbox();
    mkdirSync(sandbox.path("/etc/a"), { recursive: true });
    await expect(
      writeFile(sandbox.host(), { path: "/etc/a", content: "a", mode: "0600", owner }),
    ).rejects.toThrow();
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["a"]);
    expect(readdirSync(sandbox.path("/etc/a"))).toEqual([]);
  });
});

describe("readFile", () => {
  it.each(["", "text\n", "no newline", "absent\n", "644 root:root 1\n"])(
    "reads %j with mode, owner and the time of its last change, whatever its mtime",
    async (text) => {
      using sandbox = new Sandbox();
      sandbox.file("/etc/f", text);
      chmodSync(sandbox.path("/etc/f"), 0o640);
      utimesSync(sandbox.path("/etc/f"), 1_700_000_000.25, 1_700_000_000.25);
      const changed = statSync(sandbox.path("/etc/f")).ctimeMs / 1000;
      expect(await sandbox.host().ask(readFile("/etc/f"))).toEqual({
        content: text,
        mode: "640",
        owner,
        modified: expect.closeTo(changed, 2) as number,
      });
    },
  );

  it("distinguishes a missing file from an empty one", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(readFile("/etc/none"))).toBeUndefined();
  });

  it("returns what writeFile wrote", async () => {
    using sandbox = new Sandbox();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (content) => {
        await writeFile(sandbox.host(), { path: "/etc/f", content, mode: "0600", owner });
        expect(await sandbox.host().ask(readFile("/etc/f"))).toMatchObject({ content, mode: "600" });
      }),
      { numRuns: 8 },
    );
  });
});

describe("modifiedTimes", () => {
  it("omits missing files, and supports names with spaces", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a b", "");
    const changed = statSync(sandbox.path("/etc/a b")).ctimeMs / 1000;
    symlinkSync("/nowhere", sandbox.path("/etc/dangling"));
    const found = await sandbox.host().ask(modifiedTimes(["/etc/a b", "/etc/none", "/etc/dangling"]));
    expect(found).toEqual(new Map([["/etc/a b", expect.closeTo(changed, 2) as number]]));
  });

  it("is empty for no paths", async () => {
    using sandbox = new Sandbox();
    expect(await sandbox.host().ask(modifiedTimes([]))).toEqual(new Map());
  });
});

describe("digests", () => {
  it("distinguish files by content, and omit missing ones", async () => {
    const look = async (content: string): Promise<ReadonlyMap<string, string>> => {
      using sandbox = new Sandbox();
      sandbox.file("/etc/ca.crt", content);
      return await sandbox.host().ask(digests(["/etc/ca.crt", "/etc/none"]));
    };
    const [one, two, again] = [await look("one"), await look("two"), await look("one")];
    expect([...one.keys()]).toEqual(["/etc/ca.crt"]);
    expect(again).toEqual(one);
    expect(two).not.toEqual(one);
  });
});

describe("a file with a copy of the previous one", () => {
  const PATH = "/etc/haproxy/haproxy.cfg";
  const ours = `${MANAGED}\nglobal\n`;
  const write = (sandbox: Sandbox, content = ours): Promise<void> =>
    writeFile(sandbox.host(), { path: PATH, content, mode: "0644", owner: "root:root", keepsFormer: true });
  const former = (sandbox: Sandbox): string => sandbox.path(`${PATH}.k8s-ha-before`);

  it("is copied once, with its mode", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "listen shop\n");
    chmodSync(sandbox.path(PATH), 0o640);
    await write(sandbox);
    sandbox.file(PATH, "edited by hand\n");
    await write(sandbox);
    expect(sandbox.read(PATH)).toBe(ours);
    expect(readFileSync(former(sandbox), "utf8")).toBe("listen shop\n");
    expect(statSync(former(sandbox)).mode & 0o777).toBe(0o640);
  });

  it("has no copy if there was no file, or a managed one", async () => {
    using sandbox = new Sandbox();
    await write(sandbox);
    await write(sandbox, `${ours}# more\n`);
    expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["haproxy.cfg"]);
  });
});
