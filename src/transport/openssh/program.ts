import type { SpawnOptions } from "node:child_process";

/**
 * How every `ssh` is started. In a session of its own a Ctrl-C in the terminal does not reach it, and without a
 * terminal it cannot ask: nor can the one that it starts itself for a ProxyJump, to which BatchMode is not handed on.
 */
export function sshProcess(): SpawnOptions {
  return { detached: true, env: { ...process.env, SSH_ASKPASS_REQUIRE: "never" } };
}
