import { setTimeout as delay } from "node:timers/promises";
import type { ClientChannel } from "ssh2";
import { CollectedStream } from "./output.js";

/** How a channel ended: an exit code, a signal's name, or neither if the server never said. */
export interface ChannelEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A command that has been started on a channel of its own. */
export class Running {
  readonly stdout: CollectedStream;
  readonly stderr: CollectedStream;
  /** Settles when the channel is closed and both of its streams are read to their ends. */
  readonly end: Promise<ChannelEnd>;
  readonly #channel: ClientChannel;
  #ended = false;

  /** To be made in the very moment the channel is there: its first events may follow in the same packet. */
  constructor(
    channel: ClientChannel,
    how: {
      readonly marker: string;
      readonly maxOutputBytes: number;
      readonly onOverflow: () => void;
      readonly onStdout?: ((chunk: Buffer) => void) | undefined;
    },
  ) {
    this.#channel = channel;
    this.stdout = new CollectedStream(channel, { ...how, onChunk: how.onStdout });
    this.stderr = new CollectedStream(channel.stderr, how);
    // Writing to a command that has ended already is no error: it did not want the rest.
    channel.on("error", () => undefined);
    this.end = this.#watch();
  }

  /** Sends all of standard input, then its end. */
  send(stdin: Buffer): void {
    this.#channel.end(stdin);
  }

  /** The remote process group, waited for a moment if it is not known yet; undefined if there is none any more. */
  async group(): Promise<number | undefined> {
    const known = (): number | undefined => this.stdout.pid ?? this.stderr.pid;
    for (let waited = 0; known() === undefined && !this.#ended && waited < 5000; waited += 20)
      await delay(20);
    return this.#ended ? undefined : known();
  }

  /** Gives the channel up, and waits a moment for the server to free its session. */
  async close(): Promise<void> {
    this.#channel.close();
    await Promise.race([this.end, delay(2000)]);
  }

  async #watch(): Promise<ChannelEnd> {
    const channel = this.#channel;
    let end: ChannelEnd = { code: null, signal: null };
    channel.once("exit", (code: number | null, signal?: string) => {
      end = { code, signal: signal ?? null };
    });
    const closed = new Promise<void>((resolve) => channel.once("close", resolve));
    const stderrRead = new Promise<void>((resolve) => channel.stderr.once("end", resolve));
    await Promise.all([closed, stderrRead]);
    this.#ended = true;
    return end;
  }
}
