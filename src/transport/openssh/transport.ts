import { setMaxListeners } from "node:events";
import { Session } from "../session.js";
import { SshConnection } from "../ssh-connection.js";
import { onceATarget } from "../sudo-password.js";
import type { Transport, TransportOptions } from "../transport.js";
import { muxChannels } from "./channels.js";
import { startMaster } from "./master.js";
import { resolveTarget } from "./resolve.js";

/** Connects to hosts through the system's `ssh` with ~/.ssh/config: one connection per host. */
export function opensshTransport(options: TransportOptions = {}): Transport {
  const askPassword = onceATarget(options.sudoPassword);
  // ssh accepts whole seconds only.
  const keepaliveSeconds = Math.ceil((options.keepaliveIntervalMs ?? 5000) / 1000);
  return {
    async connect(settings, { signal } = {}) {
      const target = await resolveTarget(settings, signal);
      const master = await startMaster(settings, target, keepaliveSeconds, signal);
      // Every running command listens to it.
      setMaxListeners(0, master.gone);
      const session = new Session(target, muxChannels(master.socket), master.gone);
      return new SshConnection(
        session,
        () => askPassword(target),
        () => master.close(),
      );
    },
  };
}
