import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Channel, OpenChannel } from "./channel.js";
import { TransportError } from "./errors.js";
import { KILL_AFTER_MS } from "./framing.js";
import { runCommand } from "./run-command.js";
import { Session } from "./session.js";
import type { Connection, SshTarget } from "./transport.js";

/** The machine that runs k8s-ha, with the privileges of its user. */
export function localConnection(name: string): Connection {
  const target: SshTarget = { name, address: "127.0.0.1", port: 0, user: name, connectTimeoutMs: 0 };
  const closed = new AbortController();
  const session = new Session(target, localChannel, closed.signal);
  // `root`: runs commands without sudo, as the current user.
  const privilege = { how: "root" } as const;
  const marker = `k8s-ha-${randomBytes(12).toString("hex")}`;
  return {
    target,
    run: (command) => runCommand({ session, privilege, marker, kill }, command),
    close: () => {
      closed.abort(new TransportError("lost", "k8s-ha is exiting", { host: name }));
      return Promise.resolve();
    },
  };
}

const localChannel: OpenChannel = async (line, attach) => {
  // In its own session: a Ctrl-C in the terminal must not reach the command.
  const child = spawn("/bin/sh", ["-c", `exec ${line}`], { stdio: "pipe", detached: true });
  // A command that has ended does not read the rest of its input: not an error.
  child.stdin.on("error", () => undefined);
  const channel = channelOf(child);
  await once(child, "spawn");
  return attach(channel);
};

function channelOf(child: ChildProcessWithoutNullStreams): Channel {
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    end: new Promise((resolve) => {
      child.once("close", (code, signal) => {
        resolve({ code, signal });
      });
    }),
    send: (stdin) => void child.stdin.end(stdin),
    close: () => void child.kill(),
  };
}

async function kill(group: number): Promise<void> {
  const deadline = performance.now() + KILL_AFTER_MS;
  for (let there = signal(group, "SIGTERM"); there; there = signal(group, 0)) {
    if (performance.now() > deadline) signal(group, "SIGKILL");
    await delay(50);
  }
}

/** Whether the group exists. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}
