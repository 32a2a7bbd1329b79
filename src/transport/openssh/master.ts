import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { TransportError } from "../errors.js";
import { connectingCancelled, unanswered } from "../socket.js";
import type { SshSettings, SshTarget } from "../transport.js";
import { hostArguments, option, quotedPath } from "./arguments.js";
import { inOneLine, loginFault } from "./faults.js";
import { sshProcess } from "./program.js";
import { makeSocketFolder } from "./socket-folder.js";

/** An ssh control master: a connection that other ssh processes share. */
export interface Master {
  readonly socket: string;
  /** Aborted with a TransportError as soon as the connection is lost. */
  readonly gone: AbortSignal;
  close(): Promise<void>;
}

// Options required for a secure connection without side effects, independent of ~/.ssh/config.
const FIXED = Object.entries({
  BatchMode: "yes",
  StrictHostKeyChecking: "yes",
  NoHostAuthenticationForLocalhost: "no",
  UpdateHostKeys: "no",
  ControlMaster: "yes",
  ControlPersist: "no",
  ClearAllForwardings: "yes",
  ForwardAgent: "no",
  ForwardX11: "no",
  PermitLocalCommand: "no",
  RemoteCommand: "none",
  RequestTTY: "no",
  LogLevel: "INFO",
  ServerAliveCountMax: "3",
}).flatMap(([name, value]) => option(name, value));

// The shell execs ssh. Its background process kills ssh and removes the directory when our end of the pipe is closed,
// even if k8s-ha is killed; a line on the pipe means that ssh has already ended.
const KEPT = `exec 3<&0; ssh=$$
{ read -r _ <&3 || { kill "$ssh"; rm -rf -- "$0"; }; } >/dev/null 2>&1 &
exec ssh "$@" 3<&- </dev/null`;

// How long ssh may take to close the connection.
const END_MS = 2000;

// How many characters of its output are kept.
const LAST_WORDS = 4000;

// ssh creates its socket after the login, and listens on it immediately.
const LOOK_AGAIN_MS = 10;

/** Logs in. @throws TransportError */
export async function startMaster(
  settings: SshSettings,
  target: SshTarget,
  keepaliveSeconds: number,
  signal?: AbortSignal,
): Promise<Master> {
  const folder = await makeSocketFolder();
  const socket = `${folder}/s`;
  const options = [
    ...FIXED,
    ...option("ControlPath", quotedPath(socket)),
    ...option("ServerAliveInterval", keepaliveSeconds),
  ];
  const child = spawn("/bin/sh", ["-c", KEPT, folder, "-N", ...options, ...hostArguments(settings)], {
    ...sshProcess(),
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = whenEnded(child, folder);
  const gone = new AbortController();
  void ended.then((output) => {
    gone.abort(lost(target, output));
  });
  const close = async (): Promise<void> => {
    child.stdin.end();
    const kill = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(kill);
  };
  const deadline = performance.now() + target.connectTimeoutMs;
  while (!existsSync(socket)) {
    if (gone.signal.aborted) throw loginFault(settings, target, await ended);
    const late = performance.now() > deadline;
    if (late || signal?.aborted) {
      await close();
      throw late ? unanswered(target) : connectingCancelled(target);
    }
    await delay(LOOK_AGAIN_MS);
  }
  return { socket, gone: gone.signal, close };
}

/** Returns the last output of `ssh` after it has ended and its directory is removed. */
async function whenEnded(
  child: ChildProcessByStdio<Writable, null, Readable>,
  folder: string,
): Promise<string> {
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output = `${output}${chunk.toString()}`.slice(-LAST_WORDS)));
  for (const stream of [child.stdin, child.stderr]) stream.on("error", () => undefined);
  const silent = new Promise((resolve) => child.stderr.once("close", resolve));
  await new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  // A ProxyCommand that is still running may keep the stream open.
  await Promise.race([silent, delay(100)]);
  child.stdin.end("ended\n");
  child.stderr.destroy();
  // The background process may remove it at the same time.
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  return output;
}

function lost(target: SshTarget, output: string): TransportError {
  const words = inOneLine(output);
  return new TransportError(
    "lost",
    `the connection to ${target.name} was lost${words === "" ? "" : `: ${words}`}`,
    {
      host: target.name,
      hint: "Run again when the host is reachable; completed changes are not repeated.",
    },
  );
}
