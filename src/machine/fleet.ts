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
  /** Complete, with the lost hosts: no configuration changes because a machine is skipped. */
  readonly inventory: Inventory;
  /** The names of the hosts that are skipped (`--skip-host`): they are not contacted. */
  readonly lost: ReadonlySet<string>;
  /** The existing master; all API requests go there. */
  readonly firstMaster: ReadOnlyHost;
  /** @throws Failure for an unknown name, or a lost host */
  host(name: string): ReadOnlyHost;
  /**
   * The hosts of the groups without the lost ones, in the inventory's order; all groups if none is given; never
   * {@link OPERATOR}.
   */
  hosts(...groups: Group[]): ReadOnlyHost[];
}

/** All machines of an inventory, writable. */
export class Fleet {
  constructor(
    readonly inventory: Inventory,
    private readonly connections: ReadonlyMap<string, Connection>,
    readonly signal?: AbortSignal,
    readonly lost: ReadonlySet<string> = new Set(),
  ) {}

  /** The same machines, without contact to these from now on. */
  without(names: readonly string[]): Fleet {
    return new Fleet(this.inventory, this.connections, this.signal, new Set([...this.lost, ...names]));
  }

  /** The same machines, with this master as the first one, which is asked for the cluster. */
  asking(master: string): Fleet {
    const { controlPlane } = this.inventory;
    const [first, ...others] = controlPlane.toSorted(
      (a, b) => Number(b.name === master) - Number(a.name === master),
    );
    if (first === undefined) return this;
    const inventory = { ...this.inventory, controlPlane: [first, ...others] };
    return new Fleet(inventory, this.connections, this.signal, this.lost);
  }

  /** A new snapshot: equal queries within it run once. */
  look(): ReadOnlyFleet {
    const hosts = new Map<string, HostLook>();
    for (const host of this.#machines()) {
      if (this.lost.has(host.name) || !this.connections.has(host.name)) continue;
      hosts.set(host.name, new HostLook(host, this.#connection(host.name), this.signal));
    }
    const get = (name: string): HostLook => {
      this.#requireNotLost(name);
      return found(hosts, name);
    };
    return {
      inventory: this.inventory,
      lost: this.lost,
      get firstMaster() {
        return get(firstMaster(this.inventory).name);
      },
      host: get,
      hosts: (...groups) =>
        members(this.inventory)
          .filter(({ name }) => !this.lost.has(name))
          .filter((m) => groups.length === 0 || groups.some((group) => m.groups.includes(group)))
          .map((m) => get(m.name)),
    };
  }

  host(name: string): WritableHost {
    const host = this.#machines().find((machine) => machine.name === name);
    if (host === undefined) throw new Failure(`the inventory has no host named ${name}`);
    this.#requireNotLost(name);
    return new RemoteHost(host, this.#connection(name), this.signal);
  }

  get firstMaster(): WritableHost {
    return this.host(firstMaster(this.inventory).name);
  }

  #requireNotLost(name: string): void {
    if (this.lost.has(name)) throw new Failure(`${name} is skipped (--skip-host)`, { host: name });
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
