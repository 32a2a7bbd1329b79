import { setTimeout as delay } from "node:timers/promises";
import type { Channel, OpenChannel } from "./channel.js";
import { TransportError } from "./errors.js";
import type { SshTarget } from "./transport.js";

// A server that refuses a session for this long, while no other session is open, never allows one.
const REFUSED_AFTER_MS = 2000;

/** An authenticated SSH connection and its state. */
export class Session {
  readonly target: SshTarget;
  /** Aborted with a TransportError as soon as the connection is lost. */
  readonly gone: AbortSignal;
  readonly #openChannel: OpenChannel;
  /** The number of channels that are open or requested. */
  #open = 0;
  /** When a channel was last requested, opened or closed. */
  #lastChange = 0;

  constructor(target: SshTarget, openChannel: OpenChannel, gone: AbortSignal) {
    this.target = target;
    this.#openChannel = openChannel;
    this.gone = gone;
  }

  /**
   * Starts a command on its own channel. If the server has no free session (sshd's MaxSessions may be lower
   * than our limit, and sshd frees an ended session with a delay), it waits for one of ours to end.
   * @param attach called with the channel before its first event, so that no event is missed
   * @throws TransportError reason "lost", or the reason of `stop`
   */
  async exec<T>(line: string, stop: AbortSignal, attach: (channel: Channel) => T): Promise<T> {
    this.#lastChange = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      stop.throwIfAborted();
      try {
        return await this.#execOnce(line, attach);
      } catch (error) {
        stop.throwIfAborted();
        const quietMs = performance.now() - this.#lastChange;
        if (this.#open === 0 && quietMs > REFUSED_AFTER_MS) throw this.#refused(error);
        await delay(20 * Math.min(attempt, 10));
      }
    }
  }

  async #execOnce<T>(line: string, attach: (channel: Channel) => T): Promise<T> {
    this.#open += 1;
    try {
      return await this.#openChannel(line, (channel) => {
        this.#lastChange = performance.now();
        void channel.end.finally(() => {
          this.#lastChange = performance.now();
          this.#open -= 1;
        });
        return attach(channel);
      });
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  #refused(cause: unknown): TransportError {
    return new TransportError("lost", `${this.target.name} refuses to open a session: ${String(cause)}`, {
      host: this.target.name,
      hint: "Check MaxSessions in its sshd_config; it must be at least 1.",
      cause,
    });
  }
}
