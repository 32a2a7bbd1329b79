import { Failure } from "../failure.js";
import type { Host, Inventory } from "../inventory/schema.js";
import { firstMaster, members, type Group } from "../inventory/targets.js";
import type { Connection } from "../transport/transport.js";
import { HostLook, RemoteHost, type ReadOnlyHost, type WritableHost } from "./host.js";

/** The name of the machine that runs k8s-ha in playbooks; it is not in the inventory. */
export const OPERATOR = "operator";
const THIS_MACHINE: Host = { name: OPERATOR, address: "127.0.0.1" };

/** All machines of an inventory, read-only. */
export interface ReadOnlyFleet {
  readonly inventory: Inventory;
  /** The existing master; all API requests go there. */
  readonly firstMaster: ReadOnlyHost;
  host(name: string): ReadOnlyHost;
  /** The hosts of the groups, in the inventory's order; all groups if none is given; never {@link OPERATOR}. */
  hosts(...groups: Group[]): ReadOnlyHost[];
}

/** All machines of an inventory, writable. */
export class Fleet {
  constructor(
    readonly inventory: Inventory,
    private readonly connections: ReadonlyMap<string, Connection>,
    readonly signal?: AbortSignal,
  ) {}

  /** A new snapshot: equal queries within it run once. */
  look(): ReadOnlyFleet {
    const hosts = new Map<string, HostLook>();
    for (const host of this.#machines()) {
      hosts.set(host.name, new HostLook(host, this.#connection(host.name), this.signal));
    }
    const get = (name: string): HostLook => found(hosts, name);
    return {
      inventory: this.inventory,
      get firstMaster() {
        return get(firstMaster(this.inventory).name);
      },
      host: get,
      hosts: (...groups) =>
        members(this.inventory)
          .filter((m) => groups.length === 0 || groups.some((group) => m.groups.includes(group)))
          .map((m) => get(m.name)),
    };
  }

  host(name: string): WritableHost {
    const host = this.#machines().find((machine) => machine.name === name);
    if (host === undefined) throw new Failure(`the inventory has no host named ${name}`);
    return new RemoteHost(host, this.#connection(name), this.signal);
  }

  get firstMaster(): WritableHost {
    return this.host(firstMaster(this.inventory).name);
  }

  #machines(): Host[] {
    const own = this.connections.has(OPERATOR) ? [THIS_MACHINE] : [];
    return [...members(this.inventory).map(({ host }) => host), ...own];
  }

  #connection(name: string): Connection {
    return found(this.connections, name);
  }
}

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Failure(`no connection to ${name}`);
  return value;
}
