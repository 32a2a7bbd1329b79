import { Failure } from "../failure.js";
import { EXIT } from "./exit-codes.js";

/** The operator left at once. */
export class Interrupted extends Failure {}

/** For so long the second signal waits until commands are ended and connections closed. */
const LEAVE_MS = 2000;

/**
 * The first SIGINT or SIGTERM is a wish to stop at the next safe point. The second one aborts what is under way on
 * this side; what runs on the hosts as a unit goes on there by itself, and the next run finds it. A terminal that is
 * closed (SIGHUP, often sent twice), or a reader that is gone, is that wish too and never more.
 */
export class Interrupt {
  readonly #leave = new AbortController();
  #requested = false;

  /** Aborted, with {@link Interrupted}, by the second one. */
  get signal(): AbortSignal {
    return this.#leave.signal;
  }

  /** Whether somebody wished to stop. */
  readonly requested = (): boolean => this.#requested;

  /** From now on signals do not end the process. */
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
