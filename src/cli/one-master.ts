import { homedir } from "node:os";
import { durationMs } from "../config-source/duration.js";
import { InvalidChoice, type Login } from "../init/choices.js";
import type { DraftSsh } from "../init/draft.js";
import { masterOf } from "../init/read-found.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import { sudoPassword, TRANSPORTS } from "./logins.js";
import { UsageError } from "./usage.js";

/** Logs in to a running master without an inventory, and hands over a fleet that has only this machine. */
export async function withMaster<T>(
  login: Login,
  ssh: DraftSsh,
  work: (fleet: ReadOnlyFleet) => Promise<T>,
): Promise<T> {
  const home = (file: string): string => file.replace(/^~(?=\/|$)/, homedir());
  const transport = TRANSPORTS[ssh.transport ?? "built-in"]({
    sudoPassword: sudoPassword(ssh.sudoPasswordFile && home(ssh.sudoPasswordFile)),
  });
  const connection = await transport.connect({
    name: login.host,
    address: login.host,
    port: ssh.port,
    user: ssh.user,
    identityFiles: ssh.identityFiles?.map(home),
    knownHostsFiles: ssh.knownHostsFiles?.map(home),
    connectTimeoutMs: durationMs("10s"),
  });
  try {
    return await work(await masterOf(connection, login));
  } finally {
    await connection.close();
  }
}

/** Turns invalid choices into errors of the command line. */
export async function asUsage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidChoice)) throw error;
    const { message, hint } = error;
    throw new UsageError(message, { cause: error, ...(hint !== undefined && { hint }) });
  }
}
