import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { sh } from "../../shell/shell.js";
import type { ChannelEnd, OpenChannel } from "../channel.js";
import { option, quotedPath } from "./arguments.js";
import { WithoutExitLine } from "./exit-line.js";
import { sshProcess } from "./program.js";

// The empty line shows that the session is open, before the command reads its input; for the last line see WithoutExitLine.
const AROUND = `echo >&2; "$@"; echo "$0 $?" >&2`;

// ssh's message if the server refuses a session (mux.c).
const NO_SESSION = /session request failed/;

// A session without output for this long counts as open: a forced command of the account may print nothing.
const OPEN_AFTER_MS = 10_000;

/** Channels of a master: one `ssh` each, which uses the control socket and reads no configuration. */
export function muxChannels(socket: string): OpenChannel {
  const word = `k8s-ha-exit-${randomBytes(12).toString("hex")}`;
  const around = sh`/bin/sh -c ${AROUND} ${word}`.text;
  const options = [
    ...option("ControlPath", quotedPath(socket)),
    // If the master refuses a session, ssh would open its own connection.
    ...option("ProxyCommand", "false"),
  ];
  const args = ["-F", "none", "-T", ...options, "--", "host"];
  return async (line, attach) => {
    const child = spawn("ssh", [...args, `${around} ${line}`], { ...sshProcess(), stdio: "pipe" });
    const streams = [child.stdin, child.stdout, child.stderr];
    for (const stream of streams) stream.on("error", () => undefined);
    // Node drops unread output of a process that has ended, so both streams are read from the start.
    const stdout = child.stdout.pipe(new PassThrough());
    const stderr = child.stderr.pipe(new WithoutExitLine(word));
    const end = endOf(child, stdout, stderr);
    const first = await firstWords(child);
    if (NO_SESSION.test(first)) {
      for (const stream of streams) stream.destroy();
      throw new Error(first.trim().split(/\r?\n/)[0]);
    }
    return attach({
      stdout,
      stderr,
      end,
      send: (stdin) => void child.stdin.end(stdin),
      close: () => void child.kill(),
    });
  };
}

async function endOf(
  child: ChildProcessWithoutNullStreams,
  stdout: Readable,
  stderr: WithoutExitLine,
): Promise<ChannelEnd> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  const read = [stdout, stderr].map((stream) => new Promise((resolve) => stream.once("end", resolve)));
  await Promise.all([closed, ...read]);
  const own = child.exitCode === 255 ? null : child.exitCode;
  return { code: stderr.code ?? own, signal: null };
}

/** The first output on standard error; empty if there is none. */
function firstWords(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(resolve, OPEN_AFTER_MS, "");
    const reported = (words: Buffer | string): void => {
      clearTimeout(patience);
      resolve(words.toString());
    };
    child.stderr.once("data", reported).once("end", () => {
      reported("");
    });
    child.once("error", (error) => {
      clearTimeout(patience);
      reject(error);
    });
  });
}
