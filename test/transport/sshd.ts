import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SshSettings } from "../../src/transport/transport.js";

/*
 * A real sshd (and a real sudo) on 127.0.0.1, in its own mount namespace: there, /etc/passwd, /etc/shadow, /etc/sudoers
 * and the home directories are the test's, so that it has users with and without a sudo password and the machine itself
 * is unchanged.
 */

export const SUDO_PASSWORD = "correct horse $(battery) 'staple'";

/** The accounts of this sshd; all but root become root through the real sudo. */
export type TestUser = "root" | "nopass" | "withpass" | "nosudo" | "noshell";

export interface TestSshd {
  readonly port: number;
  readonly directory: string;
  /** A private key that every account accepts. */
  readonly identity: string;
  /** The `type base64` of the host's Ed25519 key. */
  readonly hostKey: string;
  /** What sshd has written to its log so far. */
  log(): string;
  target(user?: TestUser, changes?: Partial<SshSettings>): SshSettings;
  /** Writes a known_hosts file of these lines and returns its path. */
  knownHosts(...lines: string[]): string;
  stop(): Promise<void>;
}

const SSHD = "/usr/sbin/sshd";

function requireTools(): void {
  if (process.platform !== "linux") throw new Error("this test needs Linux: it runs an sshd in a namespace");
  for (const tool of [SSHD, "/usr/bin/ssh-keygen", "/usr/bin/sudo", "/usr/bin/unshare"]) {
    if (!existsSync(tool)) {
      throw new Error(`this test needs ${tool}: install openssh-server, openssh-client, sudo and util-linux`);
    }
  }
  if (process.getuid?.() !== 0)
    throw new Error("this test needs to be root: it starts an sshd with its own users");
}

/** Creates a key pair; the public key is at the same path with `.pub`. */
export function makeKey(path: string, type = "ed25519", passphrase = ""): string {
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path]);
  return path;
}

export function publicKey(path: string): string {
  return readFileSync(`${path}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function writeAccounts(directory: string): void {
  const hash = execFileSync("openssl", ["passwd", "-6", SUDO_PASSWORD], { encoding: "utf8" }).trim();
  const users: [name: TestUser, uid: number, hash: string, shell: string][] = [
    ["root", 0, "*", "/bin/bash"],
    ["nopass", 60001, "*", "/bin/sh"],
    ["withpass", 60002, hash, "/bin/bash"],
    ["nosudo", 60003, hash, "/bin/sh"],
    ["noshell", 60004, "*", "/usr/sbin/nologin"],
  ];
  const system = [
    "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin",
    "sshd:x:101:65534::/run/sshd:/usr/sbin/nologin",
  ];
  for (const [name] of users) mkdirSync(join(directory, "home", name), { recursive: true });
  const passwd = users.map(
    ([name, uid, , shell]) => `${name}:x:${uid}:${uid}::${directory}/home/${name}:${shell}`,
  );
  writeFileSync(join(directory, "passwd"), [...passwd, ...system, ""].join("\n"));
  const shadow = users.map(([name, , password]) => `${name}:${password}:19000:0:99999:7:::`);
  writeFileSync(
    join(directory, "shadow"),
    [...shadow, "nobody:*:19000::::::", "sshd:!:19000::::::", ""].join("\n"),
    {
      mode: 0o600,
    },
  );
  const sudoers = ["root ALL=(ALL:ALL) ALL", "nopass ALL=(ALL) NOPASSWD: ALL", "withpass ALL=(ALL) ALL", ""];
  writeFileSync(join(directory, "sudoers"), sudoers.join("\n"), { mode: 0o440 });
}

/** Starts it; `settings` are additional lines of sshd_config. */
export async function startSshd(settings: readonly string[] = []): Promise<TestSshd> {
  requireTools();
  const directory = mkdtempSync(join(tmpdir(), "k8s-ha-sshd-"));
  execFileSync("chmod", ["755", directory]);
  const port = await freePort();
  const at = (name: string): string => join(directory, name);
  const hostKeyFile = makeKey(at("host_ed25519"));
  makeKey(at("host_rsa"), "rsa");
  const identity = makeKey(at("id"));
  writeFileSync(at("authorized_keys"), readFileSync(`${identity}.pub`));
  writeAccounts(directory);
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKeyFile}`,
    `HostKey ${at("host_rsa")}`,
    `AuthorizedKeysFile ${at("authorized_keys")}`,
    `PidFile ${at("pid")}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin yes",
    "MaxStartups 100",
    "LogLevel VERBOSE",
    ...settings,
    "",
  ];
  writeFileSync(at("sshd_config"), config.join("\n"));
  const enter = [
    "set -e",
    "mount -t tmpfs tmpfs /run",
    "mkdir -p /run/sshd /run/sudo",
    ...["passwd", "shadow", "sudoers"].map((file) => `mount --bind "$1/${file}" /etc/${file}`),
    `exec ${SSHD} -D -E "$1/log" -f "$1/sshd_config"`,
  ];
  // slave: mounts that are unmounted outside, such as the lab's disk, are released in here too.
  const args = ["--mount", "--propagation", "slave", "/bin/sh", "-c", enter.join("\n"), "sh", directory];
  const server = spawn("unshare", args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const log = (): string => said + (existsSync(at("log")) ? readFileSync(at("log"), "utf8") : "");
  await untilListening(server, log);
  const hostKey = publicKey(hostKeyFile);
  const knownHosts = knownHostsWriter(directory);
  const ownKnownHosts = knownHosts(`[127.0.0.1]:* ${hostKey}`);
  return {
    port,
    directory,
    identity,
    hostKey,
    log,
    knownHosts,
    target: (user = "root", changes = {}) => ({
      name: "cp1",
      address: "127.0.0.1",
      port,
      user,
      identityFiles: [identity],
      knownHostsFiles: [ownKnownHosts],
      connectTimeoutMs: 10_000,
      ...changes,
    }),
    stop: async () => {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      const namespace = mountNamespace(server.pid ?? "self");
      // Processes started on it may have lost their parent, and may start more.
      for (let left = membersOf(namespace); left.length > 0; left = membersOf(namespace)) {
        left.forEach(endProcess);
        await delay(10);
      }
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}

/** The mount namespace of a process, as the kernel names it; undefined if it has ended. */
function mountNamespace(pid: number | "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

/** The processes in a mount namespace other than our own. */
function membersOf(namespace: string | undefined): number[] {
  if (namespace === undefined || namespace === mountNamespace("self")) return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => mountNamespace(pid) === namespace);
}

async function untilListening(server: ChildProcess, log: () => string): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (log().includes("Server listening")) return;
    if (server.exitCode !== null) break;
    await delay(20);
  }
  throw new Error(`sshd did not start (a mount namespace is needed): ${log()}`);
}

function knownHostsWriter(directory: string): (...lines: string[]) => string {
  let count = 0;
  return (...lines) => {
    count += 1;
    const file = join(directory, `known_hosts_${count}`);
    appendFileSync(file, lines.map((line) => `${line}\n`).join(""));
    return file;
  };
}
