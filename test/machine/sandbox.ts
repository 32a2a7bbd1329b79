import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Inventory } from "../../src/inventory/schema.js";
import { Fleet, OPERATOR } from "../../src/machine/fleet.js";
import { members } from "../../src/inventory/targets.js";
import { RemoteHost, type WritableHost } from "../../src/machine/host.js";
import { Secret } from "../../src/shell/secret.js";
import type { Connection, RemoteCommand, RemoteResult } from "../../src/transport/transport.js";
import { labInventory } from "../steps/inventory.js";
import { Web } from "./web.js";

/** Programs that would change this machine, or that it may lack. */
const PROGRAMS = [
  ..."apt-get busctl chown crictl dnf dpkg dpkg-query firewall-cmd firewall-offline-cmd getent haproxy ip".split(
    " ",
  ),
  ..."ip6tables ip6tables-restore ip6tables-save iptables iptables-restore iptables-save journalctl keepalived".split(
    " ",
  ),
  ..."kubeadm kubectl nft pgrep restorecon rpm ss sysctl systemctl systemd-run ufw".split(" "),
];

/**
 * A connection that runs each script with the real `/bin/sh`, with the host's folders below a temporary one. Programs
 * of a cluster record their calls and then run the shell code that a test set; all other programs are the real ones.
 */
export class Sandbox implements Connection, Disposable {
  readonly target = {
    name: "sandbox",
    address: "127.0.0.1",
    port: 22,
    user: "root",
    identityFiles: [],
    knownHostsFiles: [],
    connectTimeoutMs: 1000,
  };
  readonly root = mkdtempSync(join(tmpdir(), "k8s-ha-sandbox-"));
  /** Every script that was sent. */
  readonly scripts: string[] = [];
  readonly inventory: Inventory;
  /** The responses that curl gets. */
  readonly web: Web;

  constructor(inventory = labInventory()) {
    this.inventory = inventory;
    mkdirSync(this.path("/bin"));
    writeFileSync(this.path("/calls"), "");
    for (const program of PROGRAMS) this.answer(program, "");
    this.web = new Web(this.root);
  }

  /** The path on this machine of a path on the host. */
  path(path: string): string {
    return join(this.root, path);
  }

  /** Writes a file on the host. */
  file(path: string, content: string | Buffer): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), content);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  /** Replaces a program with shell code, which has its arguments and standard input. */
  answer(program: string, shell: string): void {
    const note = `{ printf '%s\\037' ${program} "$@"; printf '\\036'; } >>"$SANDBOX/calls"`;
    writeFileSync(this.path(`/bin/${program}`), `#!/bin/sh\n${note}\n${shell}\n`, { mode: 0o755 });
  }

  /** Removes a program from the host; this machine must not have it either. */
  lacks(program: string): void {
    rmSync(this.path(`/bin/${program}`), { force: true });
  }

  /** The calls of programs, in order: name and arguments. */
  calls(...programs: string[]): string[][] {
    const all = this.read("/calls").split("\x1f\x1e").slice(0, -1);
    const words = all.map((line) => line.replaceAll(`${this.root}/`, "/").split("\x1f"));
    return words.filter(([name = ""]) => programs.length === 0 || programs.includes(name));
  }

  /** {@link calls}, one line each. */
  commands(...programs: string[]): string[] {
    return this.calls(...programs).map((call) => call.join(" "));
  }

  /** systemd runs a transient unit to its end; no kubeadm and no unit is running otherwise. */
  runsUnits(): void {
    this.answer("systemd-run", 'while [ "$1" != /bin/sh ]; do shift; done; "$@"; exit 0');
    this.answer("systemctl", 'case "$1" in is-active) exit 3 ;; show) echo ActiveState=inactive ;; esac');
    this.answer("pgrep", "exit 1");
  }

  /** All hosts of the fleet and the operator's machine are this sandbox. */
  fleet(): Fleet {
    const names = [OPERATOR, ...members(this.inventory).map(({ name }) => name)];
    return new Fleet(this.inventory, new Map(names.map((name) => [name, this])));
  }

  host(name = "master1"): WritableHost {
    return new RemoteHost({ name, address: "10.88.0.11" }, this, undefined);
  }

  run({ script, stdin = "", onStdout, signal }: RemoteCommand): Promise<RemoteResult> {
    this.scripts.push(script.text);
    const text = script.text.replaceAll(/(^|[\s'"=(<>:])(?=\/(etc|run|var)\/|\/\$)/gm, `$1${this.root}`);
    const env = {
      PATH: `${this.path("/bin")}:${process.env["PATH"] ?? ""}`,
      SANDBOX: this.root,
      // Scripts that list files print the host's own paths.
      ROOT: this.root,
      LC_ALL: "C",
    };
    return new Promise((resolve, reject) => {
      const child = spawn("/bin/sh", ["-c", text], { env, ...(signal && { signal }) });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on("data", (chunk: Buffer) => {
        if (onStdout === undefined) out.push(chunk);
        else onStdout(chunk);
      });
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        const own = (parts: Buffer[]): string =>
          Buffer.concat(parts).toString().replaceAll(`${this.root}/`, "/");
        resolve({ code: code ?? 128, stdout: own(out), stderr: own(err) });
      });
      // A script may end without reading its standard input.
      child.stdin.on("error", () => undefined);
      child.stdin.end(stdin instanceof Secret ? stdin.reveal() : stdin);
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.dispose](): void {
    // A shell that was terminated may still be writing its last line.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
