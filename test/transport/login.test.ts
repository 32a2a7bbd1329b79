import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import ssh2 from "ssh2";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { sh } from "../../src/shell/shell.js";
import { nodeSshTransport } from "../../src/transport/node-ssh.js";
import type { SshSettings } from "../../src/transport/transport.js";
import { startAgent } from "./agent.js";
import { makeKey, publicKey, startSshd, type TestSshd } from "./sshd.js";

let sshd: TestSshd;
beforeAll(async () => {
  sshd = await startSshd();
  makeKey(join(sshd.directory, "other"));
});
afterAll(() => sshd.stop());
afterEach(() => {
  vi.unstubAllEnvs();
});

const transport = nodeSshTransport();

async function idOf(changes: Partial<SshSettings>): Promise<string> {
  const connection = await transport.connect(sshd.target("root", changes));
  const result = await connection.run({ script: sh`id -un`, timeoutMs: 5000 });
  await connection.close();
  return result.stdout;
}

describe("the host key", () => {
  const hostName = (): string => `[127.0.0.1]:${sshd.port}`;

  /** Connects with this known_hosts, expects a refusal, and returns what sshd logged about it. */
  async function refusal(knownHosts: string, expected: object): Promise<string> {
    const before = sshd.log().length;
    const target = sshd.target("root", { knownHostsFiles: [knownHosts] });
    await expect(transport.connect(target)).rejects.toMatchObject({ host: "cp1", ...expected });
    const since = (): string => sshd.log().slice(before);
    while (!/closed|disconnect|Unable to negotiate/i.test(since())) await delay(20);
    return since();
  }

  it("that is unknown is rejected before logging in, with the commands to add it", async () => {
    const fingerprint = execFileSync("ssh-keygen", ["-lf", join(sshd.directory, "host_ed25519.pub")], {
      encoding: "utf8",
    }).split(" ")[1];
    const file = sshd.knownHosts("# nothing");
    const log = await refusal(file, {
      reason: "host-key-unknown",
      message: expect.stringContaining(fingerprint ?? "?") as string,
      hint: expect.stringContaining(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}`) as string,
    });
    expect(log).not.toMatch(/publickey|user/i);
  });

  it("that changed is rejected before logging in, with the conflicting line", async () => {
    const file = sshd.knownHosts("# one", `${hostName()} ${publicKey(join(sshd.directory, "other"))}`);
    const log = await refusal(file, {
      reason: "host-key-changed",
      message: expect.stringContaining(`${file}:2`) as string,
      hint: expect.stringContaining(`ssh-keygen -f ${file} -R '${hostName()}'`) as string,
    });
    expect(log).not.toMatch(/publickey|user/i);
  });

  it("of a type that the host no longer has counts as changed", async () => {
    const ecdsa = publicKey(makeKey(join(sshd.directory, "ecdsa"), "ecdsa"));
    await refusal(sshd.knownHosts(`${hostName()} ${ecdsa}`), { reason: "host-key-changed" });
  });

  it("that is revoked is rejected before logging in, even if it is also listed", async () => {
    const file = sshd.knownHosts(`${hostName()} ${sshd.hostKey}`, `@revoked * ${sshd.hostKey}`);
    const log = await refusal(file, {
      reason: "host-key-revoked",
      message: expect.stringContaining(`${file}:2`) as string,
    });
    expect(log).not.toMatch(/publickey|user/i);
  });

  it("of a certificate authority does not verify a plain key", async () => {
    const file = sshd.knownHosts(`@cert-authority * ${sshd.hostKey}`);
    await refusal(file, {
      reason: "host-key-unknown",
      message: expect.stringContaining(
        `${file}:1 is a certificate authority, which only ssh.transport: openssh supports`,
      ) as string,
    });
  });

  it("is found under a hashed name", async () => {
    const file = sshd.knownHosts(`${hostName()} ${sshd.hostKey}`);
    execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
    expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
    expect(await idOf({ knownHostsFiles: [file] })).toBe("root\n");
  });

  it("is requested with a known type, RSA with SHA-2", async () => {
    const rsa = publicKey(join(sshd.directory, "host_rsa"));
    expect(await idOf({ knownHostsFiles: [sshd.knownHosts(`${hostName()} ${rsa}`)] })).toBe("root\n");
  });
});

describe("logging in", () => {
  it("with a wrong key reports what the server accepts", async () => {
    const identityFiles = [join(sshd.directory, "other")];
    await expect(idOf({ identityFiles })).rejects.toMatchObject({
      reason: "authentication",
      message: expect.stringMatching(/rejects the login of root: .*it accepts: publickey/) as string,
    });
  });

  it("tries the identity files in order", async () => {
    expect(await idOf({ identityFiles: [join(sshd.directory, "other"), sshd.identity] })).toBe("root\n");
  });

  it("reports a missing identity file", async () => {
    await expect(idOf({ identityFiles: ["/nonexistent/id"] })).rejects.toMatchObject({
      reason: "authentication",
      message: expect.stringContaining("/nonexistent/id") as string,
    });
  });

  it("reports that a certificate requires the other transport", async () => {
    const key = makeKey(join(sshd.directory, "certified"));
    execFileSync("ssh-keygen", ["-q", "-s", sshd.identity, "-I", "test", "-n", "root", `${key}.pub`]);
    await expect(idOf({ identityFiles: [key] })).rejects.toMatchObject({
      reason: "authentication",
      message: expect.stringContaining(
        `${key}-cert.pub is a certificate, which only ssh.transport: openssh can use`,
      ) as string,
    });
  });

  it("reports that an encrypted key must be in an agent, and uses it from there", async () => {
    const locked = makeKey(join(sshd.directory, "locked"), "ed25519", "a passphrase");
    execFileSync("sh", ["-c", `cat "$1.pub" >> "$2"`, "sh", locked, join(sshd.directory, "authorized_keys")]);
    vi.stubEnv("SSH_AUTH_SOCK", "");
    await expect(idOf({ identityFiles: [locked] })).rejects.toMatchObject({
      reason: "authentication",
      message: expect.stringContaining(`ssh-add ${locked}`) as string,
    });
    const agent = startAgent(sshd.directory);
    try {
      // ssh-add has no terminal here, so the key is loaded from a copy without its passphrase.
      const open = join(sshd.directory, "open");
      execFileSync("cp", [locked, open]);
      execFileSync("ssh-keygen", ["-q", "-p", "-P", "a passphrase", "-N", "", "-f", open]);
      agent.add(join(sshd.directory, "other"));
      agent.add(open);
      vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
      expect(await idOf({ identityFiles: [locked] })).toBe("root\n");
      expect(await idOf({ identityFiles: [] })).toBe("root\n");
    } finally {
      agent.stop();
    }
  });

  it("without an identity file uses OpenSSH's default names, with any agent", async () => {
    const home = join(sshd.directory, "operator");
    execFileSync("sh", [
      "-c",
      `mkdir -p "$1/.ssh" && cp "$2" "$1/.ssh/id_ed25519"`,
      "sh",
      home,
      sshd.identity,
    ]);
    vi.stubEnv("HOME", home);
    vi.stubEnv("SSH_AUTH_SOCK", "/nonexistent/agent");
    expect(await idOf({ identityFiles: [] })).toBe("root\n");
  });

  it("without a user and known_hosts uses the current user, and OpenSSH's files", async () => {
    const home = join(sshd.directory, "own");
    mkdirSync(join(home, ".ssh"), { recursive: true });
    copyFileSync(sshd.knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}`), join(home, ".ssh/known_hosts"));
    vi.stubEnv("HOME", home);
    expect(await idOf({ user: undefined, knownHostsFiles: undefined })).toBe(`${userInfo().username}\n`);
  });
});

describe("connecting to the host", () => {
  it("reports the banner of a server that closes the connection: it may be booting", async () => {
    const hostKeys = [readFileSync(join(sshd.directory, "host_ed25519"))];
    const server = new ssh2.Server({ hostKeys, banner: "System is booting up." }, (client) => {
      client.on("authentication", () => client.end()).on("error", () => undefined);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const knownHosts = sshd.knownHosts(`[127.0.0.1]:${port} ${sshd.hostKey}`);
    await expect(idOf({ port, knownHostsFiles: [knownHosts] })).rejects.toMatchObject({
      message: "cp1 closed the connection while root logged in; its banner: System is booting up.",
      hint: `Wait until it has booted, or check the output of: ssh -p ${port} root@127.0.0.1`,
    });
    server.close();
  });

  it("reports a refused connection", async () => {
    await expect(idOf({ port: 1 })).rejects.toMatchObject({
      reason: "unreachable",
      message: /nothing listens/,
    });
  });

  it("reports what an alias or a bastion requires", async () => {
    await expect(idOf({ address: "alias.invalid" })).rejects.toMatchObject({
      reason: "unreachable",
      hint: expect.stringContaining("an alias in ~/.ssh/config, requires ssh.transport: openssh") as string,
    });
  });

  it("times out on a silent server, and rejects one that is not SSH", async () => {
    const server = createServer((socket) => {
      if (speaks) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      socket.on("error", () => undefined);
    });
    let speaks = false;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const target = { port, connectTimeoutMs: 300 };
    await expect(idOf(target)).rejects.toMatchObject({ reason: "unreachable", message: /within 0.3 s/ });
    speaks = true;
    await expect(idOf(target)).rejects.toMatchObject({ reason: "unreachable" });
    server.close();
  });

  it("can be cancelled, before and during it", async () => {
    const target = sshd.target();
    const before = transport.connect(target, { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ reason: "cancelled" });
    const middle = transport.connect(target, { signal: AbortSignal.timeout(8) });
    await expect(middle).rejects.toMatchObject({ reason: "cancelled" });
  });
});
