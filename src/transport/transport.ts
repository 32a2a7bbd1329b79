import type { Secret } from "../shell/secret.js";
import type { Shell } from "../shell/shell.js";

/** Where a host is and who one logs in as, as far as the inventory says so; each transport has its own defaults. */
export interface SshSettings {
  /** The inventory's name of the host, for messages. */
  readonly name: string;
  readonly address: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** Private key files, tried in this order. */
  readonly identityFiles?: readonly string[] | undefined;
  readonly knownHostsFiles?: readonly string[] | undefined;
  readonly connectTimeoutMs: number;
}

/** The same, once a transport has found out where that leads. */
export interface SshTarget extends SshSettings {
  readonly port: number;
  readonly user: string;
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

/** What can be set about any transport. */
export interface TransportOptions {
  /** Asked once a target, and only where sudo there wants a password; undefined if there is none. */
  readonly sudoPassword?: (target: SshTarget) => Promise<Secret | undefined>;
  /** A link that stays silent for four times this long is lost. Default 5000 ms. */
  readonly keepaliveIntervalMs?: number;
}

/** A way to reach hosts. */
export interface Transport {
  /**
   * Verifies the host key against known_hosts before anything is sent, and logs in.
   * @throws TransportError
   */
  connect(settings: SshSettings, options?: { readonly signal?: AbortSignal }): Promise<Connection>;
}
