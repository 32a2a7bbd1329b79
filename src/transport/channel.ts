import type { Readable } from "node:stream";

/** How a channel ended: an exit code, a signal's name, or neither if the server never said. */
export interface ChannelEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One remote command's streams, whatever carries them. */
export interface Channel {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the channel is closed and both of its streams are read to their ends. */
  readonly end: Promise<ChannelEnd>;
  /** Sends all of standard input, then its end. A command that has ended already does not want the rest: no error. */
  send(stdin: Buffer): void;
  /** Gives the channel up. */
  close(): void;
}

/**
 * Starts a command, which is one line for the login shell: a program and its arguments.
 * @param attach called with the channel before any event of it can come, which would otherwise be missed
 * @throws Error where the server gives no session
 */
export type OpenChannel = <T>(line: string, attach: (channel: Channel) => T) => Promise<T>;
