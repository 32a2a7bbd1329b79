import type { Secret } from "../shell/secret.js";
import type { Shell } from "../shell/shell.js";

/** Where a host is and who one logs in as; all of it from the inventory. */
export interface SshTarget {
  /** The inventory's name of the host, for messages. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Private key files, tried in this order; empty: the agent, then OpenSSH's default names. */
  readonly identityFiles: readonly string[];
  readonly knownHostsFiles: readonly string[];
  readonly connectTimeoutMs: number;
}

/** One remote command. It runs as root (through sudo where the login user is not root) by `/bin/sh -c`. */
export interface RemoteCommand {
  readonly script: Shell;
  /** Bytes for its standard input; the only way a secret may travel. */
  readonly stdin?: string | Buffer | Secret;
  /** After this the remote process group is killed, first with TERM, 5 s later with KILL. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** More output than this on one stream is an error. Default 64 MiB. */
  readonly maxOutputBytes?: number;
  /** Called with each piece of standard output as it comes. It is not in the result then, and has no limit. */
  readonly onStdout?: (chunk: Buffer) => void;
}

export interface RemoteResult {
  /** The remote exit code; death by signal N is 128+N. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An open, authenticated connection to one host. */
export interface Connection {
  readonly target: SshTarget;
  /**
   * Runs one command. A non-zero exit code is a result, not an error. The first command finds out whether sudo wants a
   * password.
   * @throws TransportError when nobody can become root, the connection is lost, on timeout, on cancel, or on too much
   * output.
   */
  run(command: RemoteCommand): Promise<RemoteResult>;
  close(): Promise<void>;
}

/** A way to reach hosts. */
export interface Transport {
  /**
   * Verifies the host key against known_hosts before anything is sent, and logs in.
   * @throws TransportError
   */
  connect(target: SshTarget, options?: { readonly signal?: AbortSignal }): Promise<Connection>;
}
