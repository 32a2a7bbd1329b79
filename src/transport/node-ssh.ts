import { setMaxListeners } from "node:events";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "ssh2";
import { loadIdentities } from "./identities.js";
import { knownHostKeys, readKnownHosts } from "./known-hosts.js";
import { login } from "./login.js";
import { Session } from "./session.js";
import { openSocket } from "./socket.js";
import { ssh2Channels } from "./ssh2-channel.js";
import { SshConnection } from "./ssh-connection.js";
import { onceATarget } from "./sudo-password.js";
import type { Transport, TransportOptions } from "./transport.js";

/** Connects to hosts through node-ssh: this machine needs only Node, not `ssh`. */
export function nodeSshTransport(options: TransportOptions = {}): Transport {
  const askPassword = onceATarget(options.sudoPassword);
  return {
    async connect(settings, { signal } = {}) {
      const target = { ...settings, port: settings.port ?? 22, user: settings.user ?? ownName() };
      const [entries, identities] = await Promise.all([
        readKnownHosts(target.knownHostsFiles ?? defaultKnownHosts()),
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
        new Session(target, ssh2Channels(client), gone),
        () => askPassword(target),
        () => end(client, gone),
      );
    },
  };
}

// ssh_config(5): the first default of UserKnownHostsFile and of GlobalKnownHostsFile.
function defaultKnownHosts(): string[] {
  return [join(homedir(), ".ssh/known_hosts"), "/etc/ssh/ssh_known_hosts"];
}

/** The login name that OpenSSH uses; root if the user has no name, as in some containers. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return "root";
  }
}

async function end(client: Client, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  const closed = new Promise<void>((resolve) => client.once("close", resolve));
  client.end();
  await Promise.race([closed, delay(2000, undefined, { ref: false })]);
  client.destroy();
}
