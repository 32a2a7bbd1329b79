import { Failure } from "../failure.js";
import type { Host, Inventory } from "../inventory/schema.js";
import { members, sshSettings } from "../inventory/targets.js";
import { Fleet, OPERATOR } from "../machine/fleet.js";
import { sh } from "../shell/shell.js";
import { TransportError } from "../transport/errors.js";
import { localConnection } from "../transport/local.js";
import type { Connection, Transport } from "../transport/transport.js";
import { withSkipHint } from "./lost-host.js";

/** The time for a command without effect on a host that was connected before. */
const ANSWER_MS = 30_000;

/** One or more hosts are unreachable; each has its own reason. */
export class Unreachable extends Failure {
  constructor(readonly failures: readonly Failure[]) {
    super(failures.map((f) => f.message).join("\n"));
  }
}

/** The connected hosts. */
export interface Connected {
  readonly fleet: Fleet;
  readonly close: () => Promise<void>;
  /**
   * The names of the hosts that respond neither on their connection nor on a new one. A host that responds on a new one
   * is used through it from now on.
   */
  readonly lostHosts: () => Promise<readonly string[]>;
}

/**
 * Connects to every host of the inventory in parallel.
 * @param lost the hosts that are not contacted
 * @throws Unreachable with every host that could not be reached; connections to the others are closed.
 */
export async function connect(
  inventory: Inventory,
  transport: Transport,
  signal?: AbortSignal,
  lost: ReadonlySet<string> = new Set(),
): Promise<Connected> {
  const hosts = members(inventory)
    .map(({ host }) => host)
    .filter(({ name }) => !lost.has(name));
  const connections = new Map<string, Connection>([[OPERATOR, localConnection(OPERATOR)]]);
  const { open, close } = into(connections, inventory, transport, signal);
  const pending = hosts.map(open);
  try {
    await allOrUnreachable(pending);
  } catch (error) {
    await close();
    throw error instanceof Unreachable ? hinted(error, inventory, lost) : error;
  }
  const isLost = async (host: Host): Promise<boolean> => {
    try {
      const script = sh`true`;
      await connections.get(host.name)?.run({ script, timeoutMs: ANSWER_MS, ...(signal && { signal }) });
      return false;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransportError)) throw error;
    }
    try {
      await open(host);
      return false;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransportError)) throw error;
      return true;
    }
  };
  return {
    fleet: new Fleet(inventory, connections, signal, lost),
    close,
    lostHosts: async () => {
      const found = await Promise.all(hosts.map(isLost));
      return hosts.filter((_, i) => found[i]).map(({ name }) => name);
    },
  };
}

/** Hosts that do not respond may have to be skipped together. */
function hinted({ failures }: Unreachable, inventory: Inventory, lost: ReadonlySet<string>): Unreachable {
  const silent = failures.flatMap(({ host }) => host ?? []);
  return new Unreachable(
    failures.map((failure) => withSkipHint(failure, { inventory, lost: new Set([...lost, ...silent]) })),
  );
}

/**
 * Connects to hosts as far as they can be reached; every other host of the fleet has no connection.
 * @returns also the reason of each of these hosts that could not be reached
 */
export async function connectToReachable(
  inventory: Inventory,
  hosts: readonly Host[],
  transport: Transport,
  signal?: AbortSignal,
): Promise<{ fleet: Fleet; failures: ReadonlyMap<string, Failure>; close: () => Promise<void> }> {
  const connections = new Map<string, Connection>();
  const failures = new Map<string, Failure>();
  const { open, close } = into(connections, inventory, transport, signal);
  const pending = hosts.map(async (host) => {
    try {
      await open(host);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.set(host.name, error);
    }
  });
  await Promise.all(pending);
  return { fleet: new Fleet(inventory, connections, signal), failures, close };
}

/** Opens connections to hosts into a map, and closes all that are in it. */
function into(
  connections: Map<string, Connection>,
  inventory: Inventory,
  transport: Transport,
  signal: AbortSignal | undefined,
): { open: (host: Host) => Promise<void>; close: () => Promise<void> } {
  return {
    open: async (host) => {
      const connection = await transport.connect(sshSettings(inventory, host), signal && { signal });
      connections.set(host.name, connection);
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.close()));
    },
  };
}

/**
 * Waits for one result per host.
 * @throws Unreachable with the reason of each host that failed
 */
export async function allOrUnreachable<T>(pending: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(pending);
  const reasons = results.flatMap((r) => (r.status === "rejected" ? [r.reason as unknown] : []));
  const failures = reasons.filter((reason) => reason instanceof Failure);
  if (failures.length < reasons.length) throw reasons.find((reason) => !(reason instanceof Failure));
  if (failures.length > 0) throw new Unreachable(failures);
  return results.flatMap((r) => (r.status === "fulfilled" ? [r.value] : []));
}
