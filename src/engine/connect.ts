import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import { members, sshTarget } from "../inventory/targets.js";
import { Fleet } from "../machine/fleet.js";
import type { Connection, Transport } from "../transport/transport.js";

/** Several hosts that could not be reached, each with its own reason. */
export class Unreachable extends Failure {
  constructor(readonly failures: readonly Failure[]) {
    super(failures.map((f) => f.message).join("\n"));
  }
}

/**
 * Connects to every host of the inventory, side by side.
 * @throws Unreachable with every host that could not be reached; the others are closed again.
 */
export async function connect(
  inventory: Inventory,
  transport: Transport,
  signal?: AbortSignal,
): Promise<{ fleet: Fleet; close: () => Promise<void> }> {
  const hosts = members(inventory).map(({ host }) => host);
  const results = await Promise.allSettled(
    hosts.map((host) => transport.connect(sshTarget(inventory, host), signal && { signal })),
  );
  const connections = new Map<string, Connection>();
  const reasons: unknown[] = [];
  results.forEach((result, i) => {
    if (result.status === "fulfilled") connections.set(hosts[i]?.name ?? "", result.value);
    else reasons.push(result.reason);
  });
  const close = async (): Promise<void> => {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  };
  if (reasons.length > 0) {
    await close();
    const failures = reasons.filter((reason) => reason instanceof Failure);
    if (failures.length === reasons.length) throw new Unreachable(failures);
    throw reasons.find((reason) => !(reason instanceof Failure));
  }
  return { fleet: new Fleet(inventory, connections, signal), close };
}
