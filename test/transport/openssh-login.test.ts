import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { hostName, processesWith, transport, useOpensshHost } from "./openssh-host.js";
import { makeKey, publicKey } from "./sshd.js";
import { startAgent } from "./agent.js";

const host = useOpensshHost();

describe("the host key", () => {
  const refused = (...knownHosts: string[]) =>
    expect(host.whoAmI(host.sshd.target("root", { knownHostsFiles: [host.sshd.knownHosts(...knownHosts)] })))
      .rejects;
  beforeEach(() => {
    host.config.write();
  });

  it("is found under a hashed name", async () => {
    const file = host.sshd.knownHosts(`${hostName(host.sshd)} ${host.sshd.hostKey}`);
    execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
    expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
    expect(await host.whoAmI(host.sshd.target("root", { knownHostsFiles: [file] }))).toBe("root by root");
  });

  it("that is unknown, changed or revoked is rejected before logging in", async () => {
    const before = host.sshd.log().length;
    await refused("# nothing").toMatchObject({
      reason: "host-key-unknown",
      host: "cp1",
      hint: expect.stringContaining(`ssh -o Port=${host.sshd.port} -o User=root`) as string,
    });
    await refused(`${hostName(host.sshd)} ${publicKey(host.at("other"))}`).toMatchObject({
      reason: "host-key-changed",
      message: /Offending|differs/i,
    });
    await refused(
      `${hostName(host.sshd)} ${host.sshd.hostKey}`,
      `@revoked * ${host.sshd.hostKey}`,
    ).toMatchObject({
      reason: "host-key-revoked",
    });
    expect(host.sshd.log().slice(before)).not.toMatch(/Accepted/);
  });

  it("is looked up in a file whose name ssh would expand", async () => {
    const file = host.at("known %h hosts");
    writeFileSync(file, `${hostName(host.sshd)} ${host.sshd.hostKey}\n`);
    expect(await host.whoAmI(host.sshd.target("root", { knownHostsFiles: [file] }))).toBe("root by root");
    await expect(host.whoAmI(host.sshd.target("root", { knownHostsFiles: ['/a "b"'] }))).rejects.toThrow(
      /does not support these characters/,
    );
  });
});

describe("keys", () => {
  beforeEach(() => {
    host.config.write();
  });

  it("that the host rejects are reported with a hint", async () => {
    await expect(
      host.whoAmI(host.sshd.target("root", { identityFiles: [host.at("other")] })),
    ).rejects.toMatchObject({
      reason: "authentication",
      message: /Permission denied \(publickey\)/,
      hint: expect.stringContaining("ssh-add") as string,
    });
  });

  it("that are encrypted come from an agent, without a passphrase prompt", async () => {
    const locked = makeKey(host.at("locked"), "ed25519", "a passphrase");
    appendFileSync(host.at("authorized_keys"), readFileSync(`${locked}.pub`));
    vi.stubEnv("SSH_AUTH_SOCK", "");
    const target = host.sshd.target("root", { identityFiles: [locked] });
    await expect(host.whoAmI(target)).rejects.toMatchObject({ reason: "authentication" });
    const agent = startAgent(host.sshd.directory);
    try {
      // ssh-add has no terminal here, so the key is loaded from a copy without its passphrase.
      const open = host.at("open");
      copyFileSync(locked, open);
      execFileSync("ssh-keygen", ["-q", "-p", "-P", "a passphrase", "-N", "", "-f", open]);
      agent.add(open);
      vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
      expect(await host.whoAmI(target)).toBe("root by root");
    } finally {
      agent.stop();
    }
  });
});

describe("connecting to the host", () => {
  beforeEach(() => {
    host.config.write();
  });

  it("reports a refused connection, and an unknown host name", async () => {
    await expect(host.whoAmI(host.sshd.target("root", { port: 1 }))).rejects.toMatchObject({
      reason: "unreachable",
      message: /Connection refused/,
    });
    await expect(host.whoAmI(host.sshd.target("root", { address: "none.invalid" }))).rejects.toMatchObject({
      reason: "unreachable",
      message: /none\.invalid/,
    });
  });

  it("times out on a silent server", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await expect(
      host.whoAmI(host.sshd.target("root", { port, connectTimeoutMs: 300 })),
    ).rejects.toMatchObject({
      reason: "unreachable",
      message: /within 0.3 s/,
    });
    server.close();
  });

  it("can be cancelled, before and during it", async () => {
    vi.stubEnv("XDG_RUNTIME_DIR", host.runtime);
    const before = transport.connect(host.sshd.target(), { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ reason: "cancelled" });
    const middle = transport.connect(host.sshd.target(), { signal: AbortSignal.timeout(30) });
    await expect(middle).rejects.toMatchObject({ reason: "cancelled" });
  });

  it("reports a missing ssh", async () => {
    vi.stubEnv("PATH", "/nonexistent");
    await expect(host.whoAmI(host.sshd.target())).rejects.toMatchObject({
      message: "ssh is not installed on this machine",
    });
  });
});

describe("the connection", () => {
  it("has its socket in its own directory, and ends if k8s-ha is killed", async () => {
    host.config.write();
    const url = new URL("../../src/transport/openssh/transport.ts", import.meta.url).href;
    const program = `import { opensshTransport } from ${JSON.stringify(url)};
      const target = ${JSON.stringify(host.sshd.target())};
      const connection = await opensshTransport().connect(target);
      console.log("connected");
      await connection.run({ script: { text: "sleep 1000" }, timeoutMs: 900_000 });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      env: { ...process.env, XDG_RUNTIME_DIR: host.runtime },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const [folder = ""] = readdirSync(host.runtime);
    expect(statSync(join(host.runtime, folder)).mode & 0o777).toBe(0o700);
    expect(statSync(join(host.runtime, folder, "s")).isSocket()).toBe(true);
    const masters = (): string[] => processesWith(`ControlPath="${host.runtime}/${folder}/s"`);
    while (masters().length < 3) await delay(20);
    // Ctrl-C in the terminal goes to this program's process group, which none of them is in.
    for (const pid of masters()) expect(groupOf(pid)).not.toBe(groupOf(String(child.pid)));
    child.kill("SIGKILL");
    for (
      let waited = 0;
      waited < 5000 && (existsSync(join(host.runtime, folder)) || masters().length > 0);
      waited += 20
    )
      await delay(20);
    expect(masters()).toEqual([]);
    expect(readdirSync(host.runtime)).toEqual([]);
  });
});

/** The process group of a process (proc(5): the third field after its name). */
function groupOf(pid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
}
