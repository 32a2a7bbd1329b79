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
