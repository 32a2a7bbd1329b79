import { TransportError } from "./errors.js";
import { KILL_AFTER_MS } from "./framing.js";
import type { Session } from "./session.js";
import type { RemoteCommand } from "./transport.js";

/** Reasons to stop a command before it ends. */
export interface StopWatch {
  /** Aborted with a TransportError that has the reason. */
  readonly signal: AbortSignal;
  /** Rejects with the same error. */
  readonly rejection: Promise<never>;
  readonly tooMuchOutput: () => void;
  /** @throws TransportError if the exit code and the elapsed time mean that the remote timeout(1) ended the command. */
  readonly throwIfTimedOut: (code: number, elapsedMs: number) => void;
  readonly dispose: () => void;
}

// The remote timeout(1) normally ends a command; this limit applies if it or the host does not respond.
const NET_MS = KILL_AFTER_MS + 2000;

// timeout(1): 124 after TERM; with KILL it is killed with its group (137).
const TIMEOUT_CODES = [124, 137];

/** Watches the caller's signal, the time limit and the connection during one command. */
export function watchForStop(session: Session, command: RemoteCommand): StopWatch {
  const host = session.target.name;
  const controller = new AbortController();
  const timedOut = (): TransportError =>
    new TransportError("timeout", `a command on ${host} did not end within ${command.timeoutMs / 1000} s`, {
      host,
      hint: `Check the load of ${host}, then run again.`,
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
        new TransportError("too-much-output", `a command on ${host} exceeded the output limit`, { host }),
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
  // The rejection may no longer be awaited.
  rejection.catch(() => undefined);
  return rejection;
}
