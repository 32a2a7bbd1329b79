import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { describe, expect, it } from "vitest";
import { httpStatus, knock } from "../../src/machine/network.js";
import { Sandbox } from "./sandbox.js";

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

describe("knock", () => {
  it("tells an open port from one that refuses", async () => {
    using sandbox = new Sandbox();
    const server = createServer();
    const port = await listening(server);
    expect(await sandbox.host().ask(knock("127.0.0.1", port))).toBe("open");
    await closed(server);
    expect(await sandbox.host().ask(knock("127.0.0.1", port))).toBe("refused");
  });
});

describe("httpStatus", () => {
  it("gives the status, and 0 for no answer", async () => {
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
