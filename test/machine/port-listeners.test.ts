import { createServer, type AddressInfo, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import { probePorts } from "../../src/machine/network.js";
import { startListeners, stopListeners } from "../../src/machine/port-listeners.js";
import { Sandbox } from "./sandbox.js";

const LOCAL = { ipv4: "127.0.0.1", ipv6: "::1" };

const listening = async (server: Server, address: string): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
};
const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

/** Ports of the loopback address that are free. */
async function freePorts(address: string, count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const found = await Promise.all(servers.map((server) => listening(server, address)));
  await Promise.all(servers.map(closed));
  return found;
}

/** A sandbox with the machine's own `ss`. */
function withSockets(): Sandbox {
  const sandbox = new Sandbox();
  // A lab on this machine may be joining one of its hosts.
  sandbox.answer("pgrep", "exit 1");
  sandbox.answer("ss", 'PATH=${PATH#*:} exec ss "$@"');
  return sandbox;
}

describe("startListeners and stopListeners", () => {
  it.each(["ipv4", "ipv6"] as const)("listen on an %s address for many clients", async (family) => {
    using sandbox = withSockets();
    const address = LOCAL[family];
    const host = sandbox.host();
    const ports = await freePorts(address, 2);
    const listeners = await host.ask(startListeners(address, ports));
    expect(listeners.ports).toEqual(ports);
    const probes = Array.from({ length: 30 }, () =>
      sandbox.host().ask(probePorts(ports.map((port) => ({ address, port })))),
    );
    expect(new Set((await Promise.all(probes)).flat())).toEqual(new Set(["open"]));
    expect(await host.ask(stopListeners(address, listeners))).toEqual(ports);
    await expect
      .poll(() => sandbox.host().ask(probePorts(ports.map((port) => ({ address, port })))))
      .toEqual(["refused", "refused"]);
  });

  it("leave a port alone that is in use, and tell which are", async () => {
    using sandbox = withSockets();
    const server = createServer((socket) => socket.end("mine"));
    const port = await listening(server, "127.0.0.1");
    const host = sandbox.host();
    const listeners = await host.ask(startListeners("127.0.0.1", [port]));
    expect(listeners.ports).toEqual([port]);
    expect(await host.ask(stopListeners("127.0.0.1", listeners))).toEqual([port]);
    expect(server.listening).toBe(true);
    await closed(server);
  });

  it("return no port without openssl", async () => {
    using sandbox = withSockets();
    sandbox.answer("openssl", "exit 1");
    const [port = 0] = await freePorts("127.0.0.1", 1);
    const host = sandbox.host();
    const listeners = await host.ask(startListeners("127.0.0.1", [port]));
    expect(listeners.ports).toEqual([]);
    expect(await host.ask(stopListeners("127.0.0.1", listeners))).toEqual([]);
  });

  it("listen on all addresses with an OpenSSL that knows only ports", async () => {
    using sandbox = withSockets();
    // Up to 1.0.2.
    sandbox.answer("openssl", 'case "$*" in *:*) exit 1 ;; esac; PATH=${PATH#*:} exec openssl "$@"');
    const [port = 0] = await freePorts("127.0.0.1", 1);
    const host = sandbox.host();
    const listeners = await host.ask(startListeners("127.0.0.1", [port]));
    expect(listeners.ports).toEqual([port]);
    expect(await host.ask(stopListeners("127.0.0.1", listeners))).toEqual([port]);
  });

  it("do not end a process that is not a listener", async () => {
    using sandbox = withSockets();
    await sandbox.host().ask(stopListeners("127.0.0.1", { ports: [], processes: [process.pid] }));
    expect(process.exitCode).toBeUndefined();
  });
});
