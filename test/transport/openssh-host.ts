import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { sh } from "../../src/shell/shell.js";
import { opensshTransport } from "../../src/transport/openssh/transport.js";
import type { SshSettings } from "../../src/transport/transport.js";
import { useSshConfig } from "./ssh-config.js";
import { makeKey, startSshd, type TestSshd } from "./sshd.js";

/** A host for the tests of one file, which log in to it by the real ssh with their own configuration. */
export interface OpensshHost {
  readonly config: { write(...lines: string[]): void };
  readonly sshd: TestSshd;
  /** The directory of the control sockets; after each test it must be empty. */
  readonly runtime: string;
  /** A path in the host's folder. The key `other` is there, which the host does not accept. */
  at(name: string): string;
  /** The user that commands run as, and the login user. */
  whoAmI(settings: SshSettings): Promise<string>;
}

export const transport = opensshTransport();

export function useOpensshHost(): OpensshHost {
  const config = useSshConfig();
  let sshd: TestSshd;
  const at = (name: string): string => join(sshd.directory, name);
  beforeAll(async () => {
    sshd = await startSshd();
    makeKey(at("other"));
    mkdirSync(at("run"));
  });
  afterAll(() => sshd.stop());
  afterEach(() => {
    vi.unstubAllEnvs();
    expect(readdirSync(at("run")), "no control socket is left").toEqual([]);
  });
  return {
    config,
    get sshd() {
      return sshd;
    },
    get runtime() {
      return at("run");
    },
    at,
    async whoAmI(settings) {
      vi.stubEnv("XDG_RUNTIME_DIR", at("run"));
      const connection = await transport.connect(settings);
      const result = await connection.run({ script: sh`id -un`, timeoutMs: 5000 });
      await connection.close();
      return `${result.stdout.trim()} by ${connection.target.user}`;
    },
  };
}

/** The name of a server in known_hosts. */
export const hostName = (server: TestSshd): string => `[127.0.0.1]:${server.port}`;

/** The processes that have all of these arguments. */
export function processesWith(...words: string[]): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const text = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : "";
      return words.every((word) => text.includes(word));
    } catch {
      return false;
    }
  });
}
