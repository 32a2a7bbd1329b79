import { setMaxListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import type { Secret } from "../shell/secret.js";
import { loadIdentities } from "./identities.js";
import { knownHostKeys, readKnownHosts } from "./known-hosts.js";
import { login } from "./login.js";
import { Session } from "./session.js";
import { openSocket } from "./socket.js";
import { SshConnection } from "./ssh-connection.js";
import type { SshTarget, Transport } from "./transport.js";

/** What can be set about the transport over node-ssh. */
export interface NodeSshOptions {
  /** Asked once a target, and only where sudo there wants a password; undefined if there is none. */
  readonly sudoPassword?: (target: SshTarget) => Promise<Secret | undefined>;
  /** A link that stays silent for four times this long is lost. Default 5000 ms. */
  readonly keepaliveIntervalMs?: number;
}

/** Reaches hosts through node-ssh: nothing but Node is needed on this machine, not even `ssh`. */
export function nodeSshTransport(options: NodeSshOptions = {}): Transport {
  const askPassword = onceATarget(options.sudoPassword ?? (() => Promise.resolve(undefined)));
  return {
    async connect(target, { signal } = {}) {
      const [entries, identities] = await Promise.all([
        readKnownHosts(target.knownHostsFiles),
        loadIdentities(target),
      ]);
      const known = knownHostKeys(entries, target.address, target.port);
      const socket = await openSocket(target, signal);
      const keepaliveIntervalMs = options.keepaliveIntervalMs ?? 5000;
      const { client, gone } = await login({
        target,
        socket,
        known,
        identities,
        keepaliveIntervalMs,
        signal,
      });
      // Every running command listens to it.
      setMaxListeners(0, gone);
      return new SshConnection(
        new Session(target, client, gone),
        () => askPassword(target),
        () => end(client, gone),
      );
    },
  };
}

async function end(client: Client, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  client.end();
  await Promise.race([closed, delay(2000, undefined, { ref: false })]);
  client.destroy();
}

type Ask = (target: SshTarget) => Promise<Secret | undefined>;

/** A person is not asked twice for the same account, also when two connections to it open at once. */
function onceATarget(ask: Ask): Ask {
  const answers = new Map<string, Promise<Secret | undefined>>();
  return (target) => {
    const account = `${target.user}@${target.address}:${target.port}`;
    const answer = answers.get(account) ?? ask(target);
    answers.set(account, answer);
    return answer;
  };
}
