import type { Secret } from "../shell/secret.js";
import type { Shell } from "../shell/shell.js";

/** SSH settings of a host from the inventory; each transport has its own defaults for unset ones. */
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

/** The settings resolved by a transport. */
export interface SshTarget extends SshSettings {
  readonly port: number;
  readonly user: string;
}

/** One remote command. It runs as root (through sudo where the login user is not root) by `/bin/sh -c`. */
export interface RemoteCommand {
  readonly script: Shell;
  /** Bytes for its standard input; secrets may be sent only here. */
  readonly stdin?: string | Buffer | Secret;
  /** After this time, the remote process group is killed: with TERM, 5 s later with KILL. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** More output than this on one stream is an error. Default 64 MiB. */
  readonly maxOutputBytes?: number;
  /** Called with each chunk of standard output. The output is then unlimited, and not in the result. */
  readonly onStdout?: (chunk: Buffer) => void;
}

export interface RemoteResult {
  /** The remote exit code; 128+N if killed by signal N. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An open, authenticated connection to one host. */
export interface Connection {
  readonly target: SshTarget;
  /**
   * Runs one command. A non-zero exit code is a result, not an error. The first command detects whether sudo requires a
   * password.
   * @throws TransportError if sudo fails, if the connection is lost, on timeout, on cancel, or on too much output.
   */
  run(command: RemoteCommand): Promise<RemoteResult>;
  close(): Promise<void>;
}

/** Options of every transport. */
export interface TransportOptions {
  /** Called once per target, only if sudo requires a password there; undefined if there is none. */
  readonly sudoPassword?: (target: SshTarget) => Promise<Secret | undefined>;
  /** A connection that is silent for four times this long is lost. Default 5000 ms. */
  readonly keepaliveIntervalMs?: number;
}

/** A method to connect to hosts. */
export interface Transport {
  /**
   * Verifies the host key against known_hosts before anything is sent, and logs in.
   * @throws TransportError
   */
  connect(settings: SshSettings, options?: { readonly signal?: AbortSignal }): Promise<Connection>;
}
