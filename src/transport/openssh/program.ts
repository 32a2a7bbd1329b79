import type { SpawnOptions } from "node:child_process";

/**
 * Spawn options of every `ssh`. In its own session, a Ctrl-C in the terminal does not reach it, and it cannot prompt.
 * The same applies to the `ssh` that it starts for a ProxyJump, to which BatchMode is not passed on.
 */
export function sshProcess(): SpawnOptions {
  return { detached: true, env: { ...process.env, SSH_ASKPASS_REQUIRE: "never" } };
}
