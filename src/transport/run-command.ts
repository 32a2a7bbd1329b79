import { constants } from "node:os";
import type { ChannelEnd } from "./channel.js";
import { TransportError } from "./errors.js";
import { frame, type Privilege } from "./framing.js";
import { Running } from "./running.js";
import type { Session } from "./session.js";
import { watchForStop } from "./stop.js";
import type { RemoteCommand, RemoteResult } from "./transport.js";

/** What one command needs to know of its connection. */
export interface RunContext {
  readonly session: Session;
  readonly privilege: Privilege;
  /** Printed before the script's own output; a random word, so that no output is taken for it. */
  readonly marker: string;
  /** Ends a remote process group, as far as the host still obeys. */
  readonly kill: (processGroup: number) => Promise<void>;
}

const DEFAULT_MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

// setTimeout takes no more than 2^31 - 1 ms; some room is kept for what is added to the limit.
const MAX_TIMEOUT_MS = 2 ** 31 - 60_000;

/** Runs one command on a channel of its own; see {@link RemoteCommand} and `Connection.run`. */
export async function runCommand(context: RunContext, command: RemoteCommand): Promise<RemoteResult> {
  const { session, marker, kill } = context;
  if (!(command.timeoutMs > 0 && command.timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new RangeError(`a command needs a timeout of 1 to ${MAX_TIMEOUT_MS} ms`);
  }
  const stop = watchForStop(session, command);
  try {
    const framed = frame(command.script, command.stdin, { ...context, timeoutMs: command.timeoutMs });
    const startedAt = performance.now();
    const running = await session.exec(framed.line, stop.signal, (channel) => {
      return new Running(channel, {
        marker,
        maxOutputBytes: command.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
        onOverflow: stop.tooMuchOutput,
        onStdout: command.onStdout,
      });
    });
    running.send(framed.stdin);
    try {
      const end = await Promise.race([running.end, stop.rejection]);
      const result = resultOf(context, end, running);
      stop.throwIfTimedOut(result.code, performance.now() - startedAt);
      return result;
    } catch (error) {
      if (!session.gone.aborted) await abandon(running, kill);
      throw error;
    }
  } finally {
    stop.dispose();
  }
}

function resultOf(
  { session, privilege }: RunContext,
  end: ChannelEnd,
  { stdout, stderr }: Running,
): RemoteResult {
  const host = session.target.name;
  const code = end.code ?? 128 + signalNumber(end.signal);
  if (end.code === null && end.signal === null) {
    throw new TransportError("lost", `the connection to ${host} ended before a command did`, {
      host,
      hint: "Whether the command went through is not known; run again, what is done already is left alone.",
    });
  }
  if (stderr.pid === undefined && stdout.pid === undefined) {
    const said = `${stderr.noise}\n${stdout.noise}`.trim().slice(-500);
    const { user } = session.target;
    throw privilege.how === "root"
      ? new TransportError("authentication", `${host} lets ${user} log in but not run commands: ${said}`, {
          host,
          hint: "Name another user in the inventory; cloud images often refuse root and say whom to use.",
        })
      : new TransportError("sudo", `${user} cannot become root on ${host} through sudo: ${said}`, {
          host,
          hint: `Try it there as ${user}: sudo -k /bin/sh -c id`,
        });
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Sees to it that the remote side ends too, and that its session is free for another command. */
async function abandon(running: Running, kill: RunContext["kill"]): Promise<void> {
  const group = await running.group();
  if (group !== undefined) await kill(group);
  await running.close();
}

function signalNumber(name: string | null): number {
  return Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0;
}
