import { describe, expect, it } from "vitest";
import { connect, Unreachable } from "../../src/engine/connect.js";
import type { Connection, SshSettings, Transport } from "../../src/transport/transport.js";
import { TransportError } from "../../src/transport/errors.js";
import { ok, ScriptedConnection } from "../machine/scripted.js";
import { labInventory } from "../steps/inventory.js";

class Closing extends ScriptedConnection {
  closed = 0;
  override close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** A transport on which some hosts do not answer. */
function transport(silent: readonly string[], connections = new Map<string, Closing>()): Transport {
  return {
    connect: (target: SshSettings): Promise<Connection> => {
      if (silent.includes(target.name)) {
        return Promise.reject(
          new TransportError("unreachable", `no route to ${target.name}`, { host: target.name }),
        );
      }
      const connection = new Closing(() => ok());
      connections.set(target.name, connection);
      return Promise.resolve(connection);
    },
  };
}

describe("connect", () => {
  it("connects to every host of the inventory, and closes every connection", async () => {
    const connections = new Map<string, Closing>();
    const { fleet, close } = await connect(labInventory(), transport([], connections));
    expect([...connections.keys()]).toEqual(
      fleet
        .look()
        .hosts()
        .map(({ name }) => name),
    );
    await close();
    expect([...connections.values()].map(({ closed }) => closed)).toEqual(Array(6).fill(1));
  });

  it("reports all unreachable hosts at once, and leaves no connection open", async () => {
    const connections = new Map<string, Closing>();
    const error: unknown = await connect(labInventory(), transport(["lb1", "worker1"], connections)).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Unreachable);
    expect((error as Unreachable).failures.map(({ host }) => host)).toEqual(["lb1", "worker1"]);
    expect([...connections.values()].map(({ closed }) => closed)).toEqual(Array(4).fill(1));
  });

  it("does not contact a lost host", async () => {
    const connections = new Map<string, Closing>();
    const lost = new Set(["worker1"]);
    const { fleet } = await connect(labInventory(), transport(["worker1"], connections), undefined, lost);
    expect([...connections.keys()]).toEqual(["master1", "master2", "master3", "lb1", "lb2"]);
    expect(fleet.lost).toEqual(lost);
  });

  it("names the option that continues without a host, where that is allowed", async () => {
    const hints = async (...silent: string[]) => {
      const error: unknown = await connect(labInventory(), transport(silent)).catch((e: unknown) => e);
      return (error as Unreachable).failures.map(({ hint }) => hint);
    };
    const skip = (name: string) => `If the machine is lost, continue without it: --skip-host ${name}`;
    expect(await hints("lb1", "worker1")).toEqual([skip("lb1"), skip("worker1")]);
    expect(await hints("lb1", "lb2", "master2")).toEqual([undefined, undefined, undefined]);
  });

  it("finds the hosts that respond neither on their connection nor on a new one", async () => {
    const silent: string[] = [];
    const dead = new Set<string>();
    const connections = new Map<string, Closing>();
    const good = transport(silent, connections);
    const dying: Transport = {
      connect: async (target) => {
        const connection = await good.connect(target);
        const run = connection.run.bind(connection);
        connection.run = (command) =>
          dead.has(target.name)
            ? Promise.reject(new TransportError("lost", "lost", { host: target.name }))
            : run(command);
        return connection;
      },
    };
    const { lostHosts } = await connect(labInventory(), dying);
    expect(await lostHosts()).toEqual([]);
    dead.add("worker1").add("lb2");
    silent.push("worker1");
    const [first] = [connections.get("lb2")];
    expect(await lostHosts()).toEqual(["worker1"]);
    // lb2 responds on a new connection.
    expect(connections.get("lb2")).not.toBe(first);
  });

  it("does not report a bug as an unreachable host", async () => {
    const broken: Transport = { connect: () => Promise.reject(new TypeError("x is undefined")) };
    await expect(connect(labInventory(), broken)).rejects.toThrow(TypeError);
  });

  it("leaves no connection open after a bug either, so that the program ends", async () => {
    const connections = new Map<string, Closing>();
    const good = transport([], connections);
    const broken: Transport = {
      connect: (target) =>
        target.name === "lb1" ? Promise.reject(new TypeError("x is undefined")) : good.connect(target),
    };
    await expect(connect(labInventory(), broken)).rejects.toThrow(TypeError);
    expect([...connections.values()].map(({ closed }) => closed)).toEqual(Array(5).fill(1));
  });
});
