import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import { firstMaster, members, type Group } from "../inventory/targets.js";
import type { Connection } from "../transport/transport.js";
import { HostLook, RemoteHost, type ReadOnlyHost, type WritableHost } from "./host.js";

/** All machines of an inventory, to look at. */
export interface ReadOnlyFleet {
  readonly inventory: Inventory;
  /** The master that runs now; every question to the API is asked there. */
  readonly firstMaster: ReadOnlyHost;
  host(name: string): ReadOnlyHost;
  /** The hosts of the groups, in the inventory's order; of all groups when none is named. */
  hosts(...groups: Group[]): ReadOnlyHost[];
}

/** All machines of an inventory, to change. */
export class Fleet {
  constructor(
    readonly inventory: Inventory,
    private readonly connections: ReadonlyMap<string, Connection>,
    readonly signal?: AbortSignal,
  ) {}

  /** A new pass of looking: what is asked twice within it is asked once. */
  look(): ReadOnlyFleet {
    const hosts = new Map<string, HostLook>();
    for (const { name, host } of members(this.inventory)) {
      hosts.set(name, new HostLook(host, this.#connection(name), this.signal));
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
    const member = members(this.inventory).find((m) => m.name === name);
    if (member === undefined) throw new Failure(`the inventory has no host named ${name}`);
    return new RemoteHost(member.host, this.#connection(name), this.signal);
  }

  get firstMaster(): WritableHost {
    return this.host(firstMaster(this.inventory).name);
  }

  #connection(name: string): Connection {
    return found(this.connections, name);
  }
}

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const value = map.get(name);
  if (value === undefined) throw new Failure(`there is no connection to ${name}`);
  return value;
}
