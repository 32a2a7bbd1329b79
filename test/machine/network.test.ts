import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import { httpStatus, probePort, probePorts, trustedStatus } from "../../src/machine/network.js";
import { Sandbox } from "./sandbox.js";

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

describe("probePort", () => {
  it("distinguishes an open port from a refused one", async () => {
    using sandbox = new Sandbox();
    const server = createServer();
    const port = await listening(server);
    expect(await sandbox.host().ask(probePort("127.0.0.1", port))).toBe("open");
    await closed(server);
    expect(await sandbox.host().ask(probePort("127.0.0.1", port))).toBe("refused");
  });
});

describe("probePorts", () => {
  it("returns the answer of each port in one command", async () => {
    using sandbox = new Sandbox();
    const server = createServer();
    const other = createServer();
    const port = await listening(server);
    const refusing = await listening(other);
    await closed(other);
    const targets = [refusing, port, refusing].map((each) => ({ address: "127.0.0.1", port: each }));
    expect(await sandbox.host().ask(probePorts(targets))).toEqual(["refused", "open", "refused"]);
    expect(sandbox.scripts.length).toBe(1);
    await closed(server);
    sandbox.answer("timeout", "exit 124");
    expect(await sandbox.host().ask(probePorts(targets.slice(0, 1)))).toEqual(["silent"]);
  });
});

describe("httpStatus", () => {
  it("returns the status, and 0 for no response", async () => {
    using sandbox = new Sandbox();
    const server = createHttpServer((request, response) => {
      response.statusCode = request.url === "/readyz" ? 200 : 503;
      response.end("ok");
    });
    const port = await listening(server);
    const url = `http://127.0.0.1:${port}`;
    expect(await sandbox.host().ask(httpStatus(`${url}/readyz`))).toBe(200);
    expect(await sandbox.host().ask(httpStatus(`${url}/other`))).toBe(503);
    await closed(server);
    expect(await sandbox.host().ask(httpStatus(`${url}/readyz`))).toBe(0);
  });
});

describe("trustedStatus", () => {
  it("sends a request only if the CA exists", async () => {
    using sandbox = new Sandbox();
    const server = createHttpServer((_, response) => response.end("ok"));
    const url = `http://127.0.0.1:${await listening(server)}`;
    const ask = () => sandbox.host().ask(trustedStatus(url, "/etc/ca.crt"));
    expect(await ask()).toBeUndefined();
    expect(sandbox.calls("curl")).toEqual([]);
    sandbox.file("/etc/ca.crt", "");
    expect(await ask()).toBe(200);
    const [call = []] = sandbox.calls("curl");
    expect(call).toEqual(expect.arrayContaining(["--cacert", "/etc/ca.crt"]));
    // Only the names in the certificate matter.
    expect(call).not.toContain("-sk");
    await closed(server);
  });
});
