import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import { members, sshSettings } from "../inventory/targets.js";
import { Fleet, OPERATOR } from "../machine/fleet.js";
import { localConnection } from "../transport/local.js";
import type { Connection, Transport } from "../transport/transport.js";

/** One or more hosts are unreachable; each has its own reason. */
export class Unreachable extends Failure {
  constructor(readonly failures: readonly Failure[]) {
    super(failures.map((f) => f.message).join("\n"));
  }
}

/**
 * Connects to every host of the inventory in parallel.
 * @throws Unreachable with every host that could not be reached; connections to the others are closed.
 */
export async function connect(
  inventory: Inventory,
  transport: Transport,
  signal?: AbortSignal,
): Promise<{ fleet: Fleet; close: () => Promise<void> }> {
  const hosts = members(inventory).map(({ host }) => host);
  const connections = new Map<string, Connection>([[OPERATOR, localConnection(OPERATOR)]]);
  const pending = hosts.map(async (host) => {
    const connection = await transport.connect(sshSettings(inventory, host), signal && { signal });
    connections.set(host.name, connection);
  });
  const close = async (): Promise<void> => {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  };
  try {
    await allOrUnreachable(pending);
  } catch (error) {
    await close();
    throw error;
  }
  return { fleet: new Fleet(inventory, connections, signal), close };
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
