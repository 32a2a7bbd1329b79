import { constants } from "node:os";
import type { ChannelEnd } from "./channel.js";
import { TransportError } from "./errors.js";
import { frame, type Privilege } from "./framing.js";
import { Running } from "./running.js";
import type { Session } from "./session.js";
import { watchForStop } from "./stop.js";
import type { RemoteCommand, RemoteResult } from "./transport.js";

/** The connection of a command. */
export interface RunContext {
  readonly session: Session;
  readonly privilege: Privilege;
  /** Printed before the script's own output; random, so that no output matches it. */
  readonly marker: string;
  /** Kills a remote process group, if the host still responds. */
  readonly kill: (processGroup: number) => Promise<void>;
}

const DEFAULT_MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

// setTimeout is limited to 2^31 - 1 ms; the rest is a margin for what is added to the time limit.
const MAX_TIMEOUT_MS = 2 ** 31 - 60_000;

/** Runs one command on its own channel; see {@link RemoteCommand} and `Connection.run`. */
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
    throw new TransportError("lost", `the connection to ${host} was lost while a command was running`, {
      host,
      hint: "It is unknown whether the command completed. Run again; completed changes are not repeated.",
    });
  }
  if (stderr.pid === undefined && stdout.pid === undefined) {
    const output = `${stderr.noise}\n${stdout.noise}`.trim().slice(-500);
    const { user } = session.target;
    throw privilege.how === "root"
      ? new TransportError(
          "authentication",
          `${host} lets ${user} log in but does not run commands: ${output}`,
          {
            host,
            hint: "Set another ssh.user in the inventory; cloud images often reject root, and their message names the user to log in as.",
          },
        )
      : new TransportError("sudo", `${user} cannot become root on ${host} through sudo: ${output}`, {
          host,
          hint: `Try it on the host as ${user}: sudo -k /bin/sh -c id`,
        });
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Kills the remote process group and frees its session for another command. */
async function abandon(running: Running, kill: RunContext["kill"]): Promise<void> {
  const group = await running.group();
  if (group !== undefined) await kill(group);
  await running.close();
}

function signalNumber(name: string | null): number {
  return Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0;
}
