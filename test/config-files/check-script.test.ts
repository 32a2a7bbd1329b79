import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkScript } from "../../src/config-files/check-script.js";

const VIP = "127.0.0.2";
let folder: string;

/** A certificate without a CA, since the script queries with `curl -k`. */
function certificate(): { key: string; cert: string } {
  const made = spawnSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "-", "-out", "-"],
    { encoding: "utf8" },
  ).stdout;
  return { key: made, cert: made };
}

/** Runs the script with a stub for `ip` that reports whether this host holds the VIP. */
async function exitCode(script: string, holdsVip: boolean): Promise<number | null> {
  const path = join(folder, "check.sh");
  writeFileSync(path, script);
  writeFileSync(join(folder, "ip"), `#!/bin/sh\n${holdsVip ? "echo held" : ":"}\n`);
  chmodSync(join(folder, "ip"), 0o755);
  const child = spawn("sh", [path], {
    env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, https_proxy: "http://127.0.0.1:1" },
  });
  return new Promise((resolve) => child.once("close", resolve));
}

describe("the check script", () => {
  const answers = new Map<string, number>();
  const server = createServer((request, response) => {
    const address = request.socket.localAddress?.replace("::ffff:", "") ?? "";
    response.writeHead(request.url === "/readyz" ? (answers.get(address) ?? 404) : 404).end("ok");
  });
  let port: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "k8s-ha-check-"));
    server.setSecureContext(certificate());
    await new Promise<void>((resolve) => server.listen(0, "::", resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["ready", 200, 500, false, true],
    ["not ready", 500, 200, false, false],
    ["unauthorised", 401, 200, false, false],
    ["the holder, also ready through the VIP", 200, 200, true, true],
    ["the holder, not ready through the VIP", 200, 500, true, false],
  ])("%s", async (_what, local, throughVip, holdsVip, healthy) => {
    answers.set("127.0.0.1", local).set(VIP, throughVip);
    const code = await exitCode(checkScript({ vip: VIP, port }), holdsVip);
    expect(code === 0).toBe(healthy);
  });

  it.each([
    ["ready", 200, true],
    ["not ready", 500, false],
  ])("the holder of an IPv6 VIP, %s through it", async (_what, throughVip, healthy) => {
    answers.set("127.0.0.1", 200).set("::1", throughVip);
    const script = checkScript({ vip: "::1", port });
    expect(script).toContain("ip -o -6 address show to ::1/128)");
    expect((await exitCode(script, true)) === 0).toBe(healthy);
    expect(await exitCode(script, false)).toBe(0);
  });

  it("fails if nothing listens", async () => {
    expect(await exitCode(checkScript({ vip: VIP, port: 1 }), false)).not.toBe(0);
  });
});
