import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sh } from "../../src/shell/shell.js";
import type { SshSettings } from "../../src/transport/transport.js";
import { hostName, processesWith, transport, useOpensshHost } from "./openssh-host.js";
import { makeKey, publicKey, startSshd, type TestSshd } from "./sshd.js";

const host = useOpensshHost();

/** A host for which the inventory sets only its address. */
const named = (address: string): SshSettings => ({ name: "cp1", address, connectTimeoutMs: 10_000 });

/** The entry of a server in ~/.ssh/config. */
const section = (alias: string, server: TestSshd, ...more: string[]): string[] => [
  `Host ${alias}`,
  "  HostName 127.0.0.1",
  `  Port ${server.port}`,
  `  IdentityFile ${server.identity}`,
  `  UserKnownHostsFile ${server.knownHosts(`${hostName(server)} ${server.hostKey}`)}`,
  ...more.map((line) => `  ${line}`),
];

/** A certificate for a key, in the adjacent file where OpenSSH looks for it. */
function certify(authority: string, key: string, ...more: string[]): string {
  execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "test", ...more, `${key}.pub`]);
  return `${key}-cert.pub`;
}

describe("~/.ssh/config", () => {
  it("provides settings that the inventory omits: an alias with its address, port, user, key and known_hosts", async () => {
    host.config.write(...section("m1", host.sshd, "User nopass"));
    expect(await host.whoAmI(named("m1"))).toBe("root by nopass");
  });

  it("does not override the inventory", async () => {
    host.config.write(
      "Host *",
      "  Port 1",
      "  User nosudo",
      "  IdentitiesOnly no",
      "  UserKnownHostsFile /dev/null",
    );
    expect(await host.whoAmI(host.sshd.target("nopass"))).toBe("root by nopass");
  });

  it("does not weaken a connection, nor add features to it", async () => {
    const dangerous = [
      "StrictHostKeyChecking no",
      "ForwardAgent yes",
      "ControlMaster auto",
      `ControlPath ${host.at("theirs")}`,
      "ControlPersist 60",
      "RequestTTY force",
      "RemoteCommand echo no",
      "PermitLocalCommand yes",
      `LocalCommand touch ${host.at("local")}`,
      `LocalForward ${host.at("forwarded")} 127.0.0.1:1`,
      "BatchMode no",
      "LogLevel QUIET",
    ];
    host.config.write(...section("m1", host.sshd, "User root", ...dangerous));
    expect(await host.whoAmI(named("m1"))).toBe("root by root");
    expect(readdirSync(host.sshd.directory)).not.toContain("theirs");
    expect(readdirSync(host.sshd.directory)).not.toContain("local");
    expect(readdirSync(host.sshd.directory)).not.toContain("forwarded");
    host.config.write("Host m1", "  HostName 127.0.0.1", `  Port ${host.sshd.port}`, ...dangerous);
    await expect(host.whoAmI(named("m1"))).rejects.toMatchObject({ reason: "host-key-unknown" });
  });

  it("that ssh rejects is reported", async () => {
    host.config.write("Hosst m1");
    await expect(host.whoAmI(named("m1"))).rejects.toMatchObject({
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
  const inside = (through = "ProxyJump jump"): string[] =>
    section("inside", host.sshd, "User nopass", through);

  it.each(["ProxyJump jump", "ProxyCommand ssh -W %h:%p jump"])("is used by %s", async (through) => {
    const before = bastion.log().length;
    host.config.write(...inside(through), ...section("jump", bastion, "User nopass"));
    vi.stubEnv("XDG_RUNTIME_DIR", host.runtime);
    const connection = await transport.connect(named("inside"));
    expect((await connection.run({ script: sh`id -un`, timeoutMs: 5000 })).stdout).toBe("root\n");
    expect(bastion.log().slice(before)).toMatch(/Accepted publickey for nopass/);
    const leading = (): string[] => processesWith("ssh\0", "\0-W\0", String(host.sshd.port));
    expect(leading()).toHaveLength(1);
    await connection.close();
    for (let waited = 0; waited < 2000 && leading().length > 0; waited += 20) await delay(20);
    expect(leading()).toEqual([]);
  });

  it("whose own host key is unknown is rejected, without a prompt", async () => {
    const before = bastion.log().length;
    host.config.write(...inside(), "Host jump", "  HostName 127.0.0.1", `  Port ${bastion.port}`);
    await expect(host.whoAmI(named("inside"))).rejects.toMatchObject({ reason: "host-key-unknown" });
    expect(bastion.log().slice(before)).not.toMatch(/Accepted/);
  });

  it("cannot impersonate the host behind it", async () => {
    const before = host.sshd.log().length;
    const other = publicKey(host.at("other"));
    const knownHosts = host.sshd.knownHosts(`${hostName(host.sshd)} ${other}`);
    host.config.write(...inside(), ...section("jump", bastion, "User nopass"));
    await expect(host.whoAmI({ ...named("inside"), knownHostsFiles: [knownHosts] })).rejects.toMatchObject({
      reason: "host-key-changed",
      message: expect.stringContaining(knownHosts) as string,
    });
    expect(host.sshd.log().slice(before)).not.toMatch(/Accepted/);
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

  it("allow a user whose key the host does not know", async () => {
    host.config.write();
    const knownHostsFiles = [host.sshd.knownHosts(`${hostName(certified)} ${publicKey(file("host"))}`)];
    const target = (key: string) => certified.target("root", { identityFiles: [file(key)], knownHostsFiles });
    expect(await host.whoAmI(target("user"))).toBe("root by root");
    // The certificate was needed: the same key without it is refused.
    copyFileSync(file("user"), file("bare"));
    await expect(host.whoAmI(target("bare"))).rejects.toMatchObject({ reason: "authentication" });
  });

  it("verify a host through @cert-authority, and no other name", async () => {
    host.config.write();
    const authority = publicKey(file("host_ca"));
    const vouched = host.sshd.knownHosts(`@cert-authority [127.0.0.1]:* ${authority}`);
    expect(await host.whoAmI(certified.target("root", { knownHostsFiles: [vouched] }))).toBe("root by root");
    await expect(
      host.whoAmI(certified.target("root", { address: "localhost", knownHostsFiles: [vouched] })),
    ).rejects.toMatchObject({ reason: "host-key-unknown" });
  });
});
