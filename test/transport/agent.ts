import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** A real ssh-agent. */
export interface TestAgent {
  readonly socket: string;
  add(key: string): void;
  stop(): void;
}

/** Starts an agent whose socket is in this folder. */
export function startAgent(folder: string): TestAgent {
  const socket = join(folder, "agent");
  const started = execFileSync("ssh-agent", ["-a", socket], { encoding: "utf8" });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]);
  return {
    socket,
    add: (key) =>
      void execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } }),
    stop: () => process.kill(pid),
  };
}
