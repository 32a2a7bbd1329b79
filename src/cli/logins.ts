import { connect, type Connected } from "../engine/connect.js";
import { loadInventory } from "../inventory/load.js";
import type { Inventory } from "../inventory/schema.js";
import type { Fleet } from "../machine/fleet.js";
import { firstLineOfSecretFile } from "../shell/secret-file.js";
import type { Secret } from "../shell/secret.js";
import { nodeSshTransport } from "../transport/node-ssh.js";
import { opensshTransport } from "../transport/openssh/transport.js";
import type { Transport } from "../transport/transport.js";
import { askSecret } from "./ask.js";
import { Interrupt } from "./signals.js";
import { requireSkippable } from "./skippable.js";

/**
 * Connections to every host of an inventory, opened immediately: they take about as long as importing the rest of the
 * program, which runs in parallel.
 */
export class Logins {
  readonly interrupt = new Interrupt();
  /** @throws InvalidFile */
  readonly inventory: Promise<Inventory>;
  readonly #unwanted = new AbortController();
  readonly #connected: Promise<Connected>;
  #isConnected = false;

  /** @param skipped names of hosts that are not contacted */
  constructor(inventoryFile: string, skipped: readonly string[] = []) {
    this.inventory = loadInventory(inventoryFile).then(({ inventory }) => inventory);
    const signal = AbortSignal.any([this.interrupt.signal, this.#unwanted.signal]);
    this.#connected = this.inventory.then((inventory) => {
      requireSkippable(inventory, skipped);
      return connect(inventory, transport(inventory), signal, new Set(skipped));
    });
    // The result may never be awaited, for example if another file is invalid.
    this.inventory.catch(() => undefined);
    this.#connected.then(
      () => (this.#isConnected = true),
      () => undefined,
    );
  }

  /** The hosts. @throws Unreachable, InvalidFile; UsageError for a host that must not be skipped */
  async fleet(): Promise<Fleet> {
    return (await this.#connected).fleet;
  }

  /** The hosts that do not respond any more, see {@link Connected}. */
  async lostHosts(): Promise<readonly string[]> {
    return (await this.#connected).lostHosts();
  }

  /** Closes the connections and cancels logins in progress. */
  async close(): Promise<void> {
    if (!this.#isConnected) this.#unwanted.abort();
    await this.#connected.then(
      ({ close }) => close(),
      () => undefined,
    );
  }
}

/** Logs in on an inventory's hosts without the skipped ones, runs the work, and always closes the connections. */
export async function loggedIn<T>(
  inventoryFile: string,
  skipped: readonly string[],
  work: (logins: Logins) => Promise<T>,
): Promise<T> {
  const logins = new Logins(inventoryFile, skipped);
  try {
    return await work(logins);
  } finally {
    await logins.close();
  }
}

/** The SSH client of an inventory's key `ssh.transport`. */
export const TRANSPORTS = { "built-in": nodeSshTransport, openssh: opensshTransport };

/** The transport that an inventory names. */
export function transport({ ssh }: Inventory): Transport {
  return TRANSPORTS[ssh.transport]({ sudoPassword: sudoPassword(ssh.sudoPasswordFile) });
}

/** The sudo password, read or prompted for once for all hosts. */
export function sudoPassword(file: string | undefined): () => Promise<Secret> {
  let password: Promise<Secret> | undefined;
  return () =>
    (password ??=
      file === undefined
        ? askSecret("sudo password", "set ssh.sudoPasswordFile in the inventory")
        : firstLineOfSecretFile(file));
}
