import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
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

function stub(name: string, body: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
}

/**
 * Runs the script with stubs for `ip`, which reports whether this host holds the VIP, and for `ss`, which reports
 * connections that clients left.
 */
async function exitCode(script: string, holdsVip: boolean, left = ""): Promise<number | null> {
  const path = join(folder, "check.sh");
  writeFileSync(path, script);
  writeFileSync(join(folder, "ss.log"), "");
  stub("ip", holdsVip ? "echo held" : ":");
  stub("ss", `echo "$*" >>${folder}/ss.log; printf '%s' '${left}'`);
  const child = spawn("sh", [path], {
    env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, https_proxy: "http://127.0.0.1:1" },
  });
  return new Promise((resolve) => child.once("close", resolve));
}

describe("the check script", () => {
  const answers = new Map<string, number>();
  const hung = new Set<string>();
  const server = createServer((request, response) => {
    const address = request.socket.localAddress?.replace("::ffff:", "") ?? "";
    if (hung.has(address)) return;
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

  it("passes if only the VIP does not answer in time: haproxy has the maximum number of clients", async () => {
    answers.set("127.0.0.1", 200);
    hung.add(VIP);
    onTestFinished(() => void hung.delete(VIP));
    expect(await exitCode(checkScript({ vip: VIP, port }), true)).toBe(0);
    hung.add("127.0.0.1");
    onTestFinished(() => void hung.delete("127.0.0.1"));
    expect(await exitCode(checkScript({ vip: VIP, port }), true)).not.toBe(0);
  });

  it.each([
    ["that holds the VIP keeps its connections", true, "ESTAB", 200, []],
    ["without the VIP closes what clients left there", false, "ESTAB", 200, ["-Htn", "-tnK"]],
    ["without the VIP has nothing to close", false, "", 200, ["-Htn"]],
    ["waits until another host serves the VIP", false, "ESTAB", 500, ["-Htn"]],
  ])("a host %s", async (_what, holdsVip, left, throughVip, expected) => {
    answers.set("127.0.0.1", 200).set(VIP, throughVip);
    const code = await exitCode(checkScript({ vip: VIP, port }), holdsVip, left);
    expect(code).toBe(0);
    const calls = readFileSync(join(folder, "ss.log"), "utf8").split("\n").filter(Boolean);
    expect(calls).toEqual(expected.map((options) => `${options} src ${VIP}`));
  });

  it("passes without ss", async () => {
    answers.set("127.0.0.1", 200);
    const script = checkScript({ vip: VIP, port }).replaceAll("ss -", "no-such-program -");
    expect(await exitCode(script, false)).toBe(0);
  });

  it("fails if nothing listens", async () => {
    expect(await exitCode(checkScript({ vip: VIP, port: 1 }), false)).not.toBe(0);
  });
});
