import { TransportError } from "./errors.js";
import { KILL_AFTER_MS } from "./framing.js";
import type { Session } from "./session.js";
import type { RemoteCommand } from "./transport.js";

/** What may stop a command before it ends by itself. */
export interface StopWatch {
  /** Aborted with the TransportError that says why. */
  readonly signal: AbortSignal;
  /** Rejects with the same error. */
  readonly rejection: Promise<never>;
  readonly tooMuchOutput: () => void;
  /** @throws TransportError if this exit code after that time means that the remote timeout(1) struck. */
  readonly throwIfTimedOut: (code: number, elapsedMs: number) => void;
  readonly dispose: () => void;
}

// The remote timeout(1) ends a command by itself; this is for when it, or the host, does not answer.
const NET_MS = KILL_AFTER_MS + 2000;

// timeout(1): 124 after TERM; after KILL it dies with its group.
const TIMEOUT_CODES = [124, 137];

/** Watches the caller's signal, the clock and the connection for the time of one command. */
export function watchForStop(session: Session, command: RemoteCommand): StopWatch {
  const host = session.target.name;
  const controller = new AbortController();
  const timedOut = (): TransportError =>
    new TransportError("timeout", `a command on ${host} did not end within ${command.timeoutMs / 1000} s`, {
      host,
      hint: `See what keeps ${host} busy, then run again.`,
    });
  const onAbort = (): void => {
    controller.abort(new TransportError("cancelled", `a command on ${host} was cancelled`, { host }));
  };
  const onGone = (): void => {
    controller.abort(session.gone.reason);
  };
  const net = setTimeout(() => {
    controller.abort(timedOut());
  }, command.timeoutMs + NET_MS);
  session.gone.addEventListener("abort", onGone, { once: true });
  command.signal?.addEventListener("abort", onAbort, { once: true });
  if (session.gone.aborted) onGone();
  if (command.signal?.aborted) onAbort();
  const rejection = rejectionOf(controller.signal);
  return {
    signal: controller.signal,
    rejection,
    tooMuchOutput: () => {
      controller.abort(
        new TransportError("too-much-output", `a command on ${host} printed more than it may`, { host }),
      );
    },
    throwIfTimedOut: (code, elapsedMs) => {
      if (TIMEOUT_CODES.includes(code) && elapsedMs >= command.timeoutMs) throw timedOut();
    },
    dispose: () => {
      clearTimeout(net);
      session.gone.removeEventListener("abort", onGone);
      command.signal?.removeEventListener("abort", onAbort);
    },
  };
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_resolve, reject) => {
    const give = (): void => {
      reject(signal.reason as TransportError);
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
  // It may be that nobody waits for it any more.
  rejection.catch(() => undefined);
  return rejection;
}
