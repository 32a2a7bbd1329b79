import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sh } from "../../src/shell/shell.js";
import { opensshTransport } from "../../src/transport/openssh/transport.js";
import type { SshSettings } from "../../src/transport/transport.js";
import { startAgent } from "./agent.js";
import { useSshConfig } from "./ssh-config.js";
import { makeKey, publicKey, startSshd, type TestSshd } from "./sshd.js";

const config = useSshConfig();
let sshd: TestSshd;
/** Where the control sockets are. */
let runtime: string;
beforeAll(async () => {
  sshd = await startSshd();
  makeKey(join(sshd.directory, "other"));
  runtime = join(sshd.directory, "run");
  mkdirSync(runtime);
});
afterAll(() => sshd.stop());
afterEach(() => {
  vi.unstubAllEnvs();
  expect(readdirSync(runtime), "no control socket is left").toEqual([]);
});

const transport = opensshTransport();
const at = (name: string): string => join(sshd.directory, name);
const hostName = (server = sshd): string => `[127.0.0.1]:${server.port}`;

/** A host of which the inventory says nothing but its address. */
const named = (address: string): SshSettings => ({ name: "cp1", address, connectTimeoutMs: 10_000 });

/** What ~/.ssh/config says of a server. */
const section = (alias: string, server: TestSshd, ...more: string[]): string[] => [
  `Host ${alias}`,
  "  HostName 127.0.0.1",
  `  Port ${server.port}`,
  `  IdentityFile ${server.identity}`,
  `  UserKnownHostsFile ${server.knownHosts(`${hostName(server)} ${server.hostKey}`)}`,
  ...more.map((line) => `  ${line}`),
];

/** Who one becomes on a host, and who one logged in as. */
async function whoAmI(settings: SshSettings): Promise<string> {
  vi.stubEnv("XDG_RUNTIME_DIR", runtime);
  const connection = await transport.connect(settings);
  const result = await connection.run({ script: sh`id -un`, timeoutMs: 5000 });
  await connection.close();
  return `${result.stdout.trim()} by ${connection.target.user}`;
}

/** A certificate for a key, in the file beside it where OpenSSH looks for it. */
function certify(authority: string, key: string, ...more: string[]): string {
  execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "test", ...more, `${key}.pub`]);
  return `${key}-cert.pub`;
}

describe("~/.ssh/config", () => {
  it("says what the inventory leaves open: an alias with its address, port, user, key and known_hosts", async () => {
    config.write(...section("m1", sshd, "User nopass"));
    expect(await whoAmI(named("m1"))).toBe("root by nopass");
  });

  it("says nothing against the inventory", async () => {
    config.write(
      "Host *",
      "  Port 1",
      "  User nosudo",
      "  IdentitiesOnly no",
      "  UserKnownHostsFile /dev/null",
    );
    expect(await whoAmI(sshd.target("nopass"))).toBe("root by nopass");
  });

  it("does not make a connection less safe, nor another one than a command needs", async () => {
    const dangerous = [
      "StrictHostKeyChecking no",
      "ForwardAgent yes",
      "ControlMaster auto",
      `ControlPath ${at("theirs")}`,
      "ControlPersist 60",
      "RequestTTY force",
      "RemoteCommand echo no",
      "PermitLocalCommand yes",
      `LocalCommand touch ${at("local")}`,
      `LocalForward ${at("forwarded")} 127.0.0.1:1`,
      "BatchMode no",
      "LogLevel QUIET",
    ];
    config.write(...section("m1", sshd, "User root", ...dangerous));
    expect(await whoAmI(named("m1"))).toBe("root by root");
    expect(readdirSync(sshd.directory)).not.toContain("theirs");
    expect(readdirSync(sshd.directory)).not.toContain("local");
    expect(readdirSync(sshd.directory)).not.toContain("forwarded");
    config.write("Host m1", "  HostName 127.0.0.1", `  Port ${sshd.port}`, ...dangerous);
    await expect(whoAmI(named("m1"))).rejects.toMatchObject({ reason: "host-key-unknown" });
  });

  it("that ssh does not understand is told", async () => {
    config.write("Hosst m1");
    await expect(whoAmI(named("m1"))).rejects.toMatchObject({
      host: "cp1",
      message: /does not understand its configuration.*Hosst/is,
    });
  });
});

describe("a bastion", () => {
  let bastion: TestSshd;
  beforeAll(async () => {
    bastion = await startSshd();
  });
  afterAll(() => bastion.stop());
  const inside = (through = "ProxyJump jump"): string[] => section("inside", sshd, "User nopass", through);

  it.each(["ProxyJump jump", "ProxyCommand ssh -W %h:%p jump"])("is gone through by %s", async (through) => {
    const before = bastion.log().length;
    config.write(...inside(through), ...section("jump", bastion, "User nopass"));
    vi.stubEnv("XDG_RUNTIME_DIR", runtime);
    const connection = await transport.connect(named("inside"));
    expect((await connection.run({ script: sh`id -un`, timeoutMs: 5000 })).stdout).toBe("root\n");
    expect(bastion.log().slice(before)).toMatch(/Accepted publickey for nopass/);
    const leading = (): string[] => processesWith("ssh\0", "\0-W\0", String(sshd.port));
    expect(leading()).toHaveLength(1);
    await connection.close();
    for (let waited = 0; waited < 2000 && leading().length > 0; waited += 20) await delay(20);
    expect(leading()).toEqual([]);
  });

  it("whose own host key is unknown is refused, and nobody is asked", async () => {
    const before = bastion.log().length;
    config.write(...inside(), "Host jump", "  HostName 127.0.0.1", `  Port ${bastion.port}`);
    await expect(whoAmI(named("inside"))).rejects.toMatchObject({ reason: "host-key-unknown" });
    expect(bastion.log().slice(before)).not.toMatch(/Accepted/);
  });

  it("cannot pass itself off as the host behind it", async () => {
    const before = sshd.log().length;
    const other = publicKey(at("other"));
    const knownHosts = sshd.knownHosts(`${hostName()} ${other}`);
    config.write(...inside(), ...section("jump", bastion, "User nopass"));
    await expect(whoAmI({ ...named("inside"), knownHostsFiles: [knownHosts] })).rejects.toMatchObject({
      reason: "host-key-changed",
      message: expect.stringContaining(knownHosts) as string,
    });
    expect(sshd.log().slice(before)).not.toMatch(/Accepted/);
  });
});

describe("certificates", () => {
  let directory: string;
  let certified: TestSshd;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "k8s-ha-ca-"));
    const key = (name: string): string => makeKey(join(directory, name));
    const [userAuthority, hostAuthority, hostKey] = [key("user_ca"), key("host_ca"), key("host")];
    certify(userAuthority, key("user"), "-n", "root");
    const certificate = certify(hostAuthority, hostKey, "-h", "-n", "127.0.0.1");
    certified = await startSshd([
      `HostKey ${hostKey}`,
      `HostCertificate ${certificate}`,
      `TrustedUserCAKeys ${userAuthority}.pub`,
    ]);
  });
  afterAll(async () => {
    await certified.stop();
    rmSync(directory, { recursive: true });
  });
  const file = (name: string): string => join(directory, name);

  it("let a user in whose key the host does not know", async () => {
    config.write();
    const knownHostsFiles = [sshd.knownHosts(`${hostName(certified)} ${publicKey(file("host"))}`)];
    const target = (key: string) => certified.target("root", { identityFiles: [file(key)], knownHostsFiles });
    expect(await whoAmI(target("user"))).toBe("root by root");
    // It was the certificate: the same key without it is refused.
    copyFileSync(file("user"), file("bare"));
    await expect(whoAmI(target("bare"))).rejects.toMatchObject({ reason: "authentication" });
  });

  it("vouch for a host through @cert-authority, and for no other name", async () => {
    config.write();
    const authority = publicKey(file("host_ca"));
    const vouched = sshd.knownHosts(`@cert-authority [127.0.0.1]:* ${authority}`);
    expect(await whoAmI(certified.target("root", { knownHostsFiles: [vouched] }))).toBe("root by root");
    await expect(
      whoAmI(certified.target("root", { address: "localhost", knownHostsFiles: [vouched] })),
    ).rejects.toMatchObject({ reason: "host-key-unknown" });
  });
});

describe("the host key", () => {
  const refused = (...knownHosts: string[]) =>
    expect(whoAmI(sshd.target("root", { knownHostsFiles: [sshd.knownHosts(...knownHosts)] }))).rejects;
  beforeEach(() => {
    config.write();
  });

  it("is found under a hashed name", async () => {
    const file = sshd.knownHosts(`${hostName()} ${sshd.hostKey}`);
    execFileSync("ssh-keygen", ["-H", "-f", file], { stdio: "ignore" });
    expect(readFileSync(file, "utf8")).toMatch(/^\|1\|/);
    expect(await whoAmI(sshd.target("root", { knownHostsFiles: [file] }))).toBe("root by root");
  });

  it("that is unknown, changed or revoked is refused before logging in", async () => {
    const before = sshd.log().length;
    await refused("# nothing").toMatchObject({
      reason: "host-key-unknown",
      host: "cp1",
      hint: expect.stringContaining(`ssh -o Port=${sshd.port} -o User=root`) as string,
    });
    await refused(`${hostName()} ${publicKey(at("other"))}`).toMatchObject({
      reason: "host-key-changed",
      message: /Offending|differs/i,
    });
    await refused(`${hostName()} ${sshd.hostKey}`, `@revoked * ${sshd.hostKey}`).toMatchObject({
      reason: "host-key-revoked",
    });
    expect(sshd.log().slice(before)).not.toMatch(/Accepted/);
  });

  it("is looked up in a file whose name ssh would expand", async () => {
    const file = at("known %h hosts");
    writeFileSync(file, `${hostName()} ${sshd.hostKey}\n`);
    expect(await whoAmI(sshd.target("root", { knownHostsFiles: [file] }))).toBe("root by root");
    await expect(whoAmI(sshd.target("root", { knownHostsFiles: ['/a "b"'] }))).rejects.toThrow(
      /cannot be given a path/,
    );
  });
});

describe("keys", () => {
  beforeEach(() => {
    config.write();
  });

  it("that the host does not accept are told with what to try", async () => {
    await expect(whoAmI(sshd.target("root", { identityFiles: [at("other")] }))).rejects.toMatchObject({
      reason: "authentication",
      message: /Permission denied \(publickey\)/,
      hint: expect.stringContaining("ssh-add") as string,
    });
  });

  it("that are encrypted come from an agent, and nobody is asked for a passphrase", async () => {
    const locked = makeKey(at("locked"), "ed25519", "a passphrase");
    appendFileSync(at("authorized_keys"), readFileSync(`${locked}.pub`));
    vi.stubEnv("SSH_AUTH_SOCK", "");
    const target = sshd.target("root", { identityFiles: [locked] });
    await expect(whoAmI(target)).rejects.toMatchObject({ reason: "authentication" });
    const agent = startAgent(sshd.directory);
    try {
      // ssh-add has no terminal here, so the key is loaded from a copy without its passphrase.
      const open = at("open");
      copyFileSync(locked, open);
      execFileSync("ssh-keygen", ["-q", "-p", "-P", "a passphrase", "-N", "", "-f", open]);
      agent.add(open);
      vi.stubEnv("SSH_AUTH_SOCK", agent.socket);
      expect(await whoAmI(target)).toBe("root by root");
    } finally {
      agent.stop();
    }
  });
});

describe("reaching the host", () => {
  beforeEach(() => {
    config.write();
  });

  it("says that nothing listens, and that a name is not known", async () => {
    await expect(whoAmI(sshd.target("root", { port: 1 }))).rejects.toMatchObject({
      reason: "unreachable",
      message: /Connection refused/,
    });
    await expect(whoAmI(sshd.target("root", { address: "none.invalid" }))).rejects.toMatchObject({
      reason: "unreachable",
      message: /none\.invalid/,
    });
  });

  it("gives up on a server that never speaks", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await expect(whoAmI(sshd.target("root", { port, connectTimeoutMs: 300 }))).rejects.toMatchObject({
      reason: "unreachable",
      message: /within 0.3 s/,
    });
    server.close();
  });

  it("can be cancelled, before and in the middle", async () => {
    vi.stubEnv("XDG_RUNTIME_DIR", runtime);
    const before = transport.connect(sshd.target(), { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ reason: "cancelled" });
    const middle = transport.connect(sshd.target(), { signal: AbortSignal.timeout(30) });
    await expect(middle).rejects.toMatchObject({ reason: "cancelled" });
  });

  it("says that there is no ssh", async () => {
    vi.stubEnv("PATH", "/nonexistent");
    await expect(whoAmI(sshd.target())).rejects.toMatchObject({
      message: "there is no program ssh on this machine",
    });
  });
});

describe("the connection", () => {
  it("has its socket in a folder of its own, and ends with a program that is killed", async () => {
    config.write();
    const url = new URL("../../src/transport/openssh/transport.ts", import.meta.url).href;
    const program = `import { opensshTransport } from ${JSON.stringify(url)};
      const target = ${JSON.stringify(sshd.target())};
      const connection = await opensshTransport().connect(target);
      console.log("connected");
      await connection.run({ script: { text: "sleep 1000" }, timeoutMs: 900_000 });`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", program], {
      env: { ...process.env, XDG_RUNTIME_DIR: runtime },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const [folder = ""] = readdirSync(runtime);
    expect(statSync(join(runtime, folder)).mode & 0o777).toBe(0o700);
    expect(statSync(join(runtime, folder, "s")).isSocket()).toBe(true);
    const masters = (): string[] => processesWith(`ControlPath="${runtime}/${folder}/s"`);
    while (masters().length < 3) await delay(20);
    // A Ctrl-C in the terminal goes to this program's process group, which none of them is in.
    for (const pid of masters()) expect(groupOf(pid)).not.toBe(groupOf(String(child.pid)));
    child.kill("SIGKILL");
    for (
      let waited = 0;
      waited < 5000 && (existsSync(join(runtime, folder)) || masters().length > 0);
      waited += 20
    )
      await delay(20);
    expect(masters()).toEqual([]);
    expect(readdirSync(runtime)).toEqual([]);
  });
});

/** The processes that have all of this in their arguments. */
function processesWith(...words: string[]): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const text = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
      return words.every((word) => text.includes(word));
    } catch {
      return false;
    }
  });
}

/** The process group of a process (proc(5): the third field after its name). */
function groupOf(pid: string): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
}
