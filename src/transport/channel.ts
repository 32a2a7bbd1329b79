import type { Readable } from "node:stream";

/** How a channel ended: an exit code, a signal's name, or neither if the server did not report it. */
export interface ChannelEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The streams of one remote command, independent of the transport. */
export interface Channel {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the channel is closed and both streams have been read completely. */
  readonly end: Promise<ChannelEnd>;
  /** Sends standard input and closes it. If the command has already ended, the rest is dropped without an error. */
  send(stdin: Buffer): void;
  /** Closes the channel without waiting for the command. */
  close(): void;
}

/**
 * Starts a command, given as one line for the login shell: a program and its arguments.
 * @param attach called with the channel before its first event, so that no event is missed
 * @throws Error if the server refuses a session
 */
export type OpenChannel = <T>(line: string, attach: (channel: Channel) => T) => Promise<T>;
