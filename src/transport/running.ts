import { setTimeout as delay } from "node:timers/promises";
import type { Channel, ChannelEnd } from "./channel.js";
import { CollectedStream } from "./output.js";

/** A command running on its own channel. */
export class Running {
  readonly stdout: CollectedStream;
  readonly stderr: CollectedStream;
  readonly end: Promise<ChannelEnd>;
  readonly #channel: Channel;
  #ended = false;

  /** Create it as soon as the channel exists: its first events may be in the same packet. */
  constructor(
    channel: Channel,
    how: {
      readonly marker: string;
      readonly maxOutputBytes: number;
      readonly onOverflow: () => void;
      readonly onStdout?: ((chunk: Buffer) => void) | undefined;
    },
  ) {
    this.#channel = channel;
    this.stdout = new CollectedStream(channel.stdout, { ...how, onChunk: how.onStdout });
    this.stderr = new CollectedStream(channel.stderr, how);
    this.end = channel.end.finally(() => (this.#ended = true));
  }

  /** Sends standard input and closes it. */
  send(stdin: Buffer): void {
    this.#channel.send(stdin);
  }

  /** The remote process group, after a short wait if it is not known yet; undefined if the command has ended. */
  async group(): Promise<number | undefined> {
    const known = (): number | undefined => this.stdout.pid ?? this.stderr.pid;
    for (let waited = 0; known() === undefined && !this.#ended && waited < 5000; waited += 20)
      await delay(20);
    return this.#ended ? undefined : known();
  }

  /** Closes the channel and waits up to 2 s for the server to free its session. */
  async close(): Promise<void> {
    this.#channel.close();
    await Promise.race([this.end, delay(2000)]);
  }
}
