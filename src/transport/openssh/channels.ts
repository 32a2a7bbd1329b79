import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { sh } from "../../shell/shell.js";
import type { ChannelEnd, OpenChannel } from "../channel.js";
import { option, quotedPath } from "./arguments.js";
import { WithoutExitLine } from "./exit-line.js";
import { sshProcess } from "./program.js";

// An empty line tells that the session is open, before anything waits for its input; for the last see WithoutExitLine.
const AROUND = `echo >&2; "$@"; echo "$0 $?" >&2`;

// ssh's words where the server gives no session (mux.c).
const NO_SESSION = /session request failed/;

// A session that says nothing at all for so long is open: what an account runs instead of our command may be silent.
const OPEN_AFTER_MS = 10_000;

/** Channels of a master: one `ssh` each, which hands over its streams at the control socket and reads no configuration. */
export function muxChannels(socket: string): OpenChannel {
  const word = `k8s-ha-exit-${randomBytes(12).toString("hex")}`;
  const around = sh`/bin/sh -c ${AROUND} ${word}`.text;
  const options = [
    ...option("ControlPath", quotedPath(socket)),
    // Where the master gives no session, ssh would open a connection of its own.
    ...option("ProxyCommand", "false"),
  ];
  const args = ["-F", "none", "-T", ...options, "--", "host"];
  return async (line, attach) => {
    const child = spawn("ssh", [...args, `${around} ${line}`], { ...sshProcess(), stdio: "pipe" });
    const streams = [child.stdin, child.stdout, child.stderr];
    for (const stream of streams) stream.on("error", () => undefined);
    // Node lets go what a process said that has ended and is not read yet: both are read from the beginning.
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

/** What comes first on standard error; empty if nothing does. */
function firstWords(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(resolve, OPEN_AFTER_MS, "");
    const told = (words: Buffer | string): void => {
      clearTimeout(patience);
      resolve(words.toString());
    };
    child.stderr.once("data", told).once("end", () => {
      told("");
    });
    child.once("error", (error) => {
      clearTimeout(patience);
      reject(error);
    });
  });
}
