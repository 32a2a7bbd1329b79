import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { TransportError } from "./errors.js";
import type { SshTarget } from "./transport.js";

// With no session of ours open, a server that gives none for so long never will.
const REFUSED_AFTER_MS = 2000;

/** An authenticated SSH connection and what became of it. */
export class Session {
  readonly target: SshTarget;
  /** Aborted, with a TransportError, as soon as the connection is lost. */
  readonly gone: AbortSignal;
  readonly #client: Client;
  /** Channels that are open, or asked for. */
  #open = 0;
  /** When a channel was last asked for, opened or closed. */
  #lastChange = 0;

  constructor(target: SshTarget, client: Client, gone: AbortSignal) {
    this.target = target;
    this.#client = client;
    this.gone = gone;
  }

  /**
   * Starts a command on a channel of its own. Where the server has no session left (sshd's MaxSessions may
   * be below our own bound, and sshd frees an ended one a moment late) it waits for one of ours to end.
   * @param attach called with the channel before any event of it can come, which would otherwise be missed
   * @throws TransportError reason "lost", or the reason of `stop`
   */
  async exec<T>(line: string, stop: AbortSignal, attach: (channel: ClientChannel) => T): Promise<T> {
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

  #execOnce<T>(line: string, attach: (channel: ClientChannel) => T): Promise<T> {
    this.#open += 1;
    return new Promise((resolve, reject) => {
      this.#client.exec(line, (error, channel) => {
        if (error !== undefined) {
          this.#open -= 1;
          reject(error);
          return;
        }
        this.#lastChange = performance.now();
        channel.once("close", () => {
          this.#lastChange = performance.now();
          this.#open -= 1;
        });
        resolve(attach(channel));
      });
    });
  }

  #refused(cause: unknown): TransportError {
    return new TransportError("lost", `${this.target.name} refuses to open a session: ${String(cause)}`, {
      host: this.target.name,
      hint: "Look at MaxSessions in its sshd_config; it must allow at least one.",
      cause,
    });
  }
}
