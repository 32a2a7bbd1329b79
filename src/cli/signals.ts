import { Failure } from "../failure.js";
import { EXIT } from "./exit-codes.js";

/** The operator aborted the run. */
export class Interrupted extends Failure {}

/** How long the second signal waits for commands to end and connections to close. */
const LEAVE_MS = 2000;

/**
 * The first SIGINT or SIGTERM requests a stop at the next safe point. The second one aborts local work; units that run
 * on the hosts continue, and the next run finds them. A closed terminal (SIGHUP, often sent twice) or a closed output
 * reader only requests a stop.
 */
export class Interrupt {
  readonly #leave = new AbortController();
  #requested = false;

  /** Aborted with {@link Interrupted} by the second signal. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  /** Whether a stop was requested. */
  readonly requested = (): boolean => this.#requested;

  /** Handles signals from now on, so that they do not end the process. */
  listen(): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, this.#hear);
    process.on("SIGHUP", this.#wish);
    for (const stream of [process.stdout, process.stderr]) stream.on("error", this.#wish);
  }

  readonly #hear = (): void => {
    if (this.#requested) {
      this.#end();
      return;
    }
    this.#wish();
    process.stderr.write("\nstopping after the current change; press Ctrl-C again to abort\n");
  };

  readonly #wish = (): void => {
    this.#requested = true;
  };

  #end(): void {
    if (this.signal.aborted) return;
    this.#leave.abort(new Interrupted("aborted; running systemd units continue on the host"));
    setTimeout(() => {
      // The progress tree hides the cursor.
      if (process.stderr.isTTY) process.stderr.write("\u001b[?25h");
      process.exit(EXIT.interrupted);
    }, LEAVE_MS).unref();
  }
}
