import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { afterAll, describe, expect, it } from "vitest";
import {
  caCertHash,
  certificate,
  certificateEnds,
  parseSans,
  wireSans,
} from "../../src/machine/certificates.js";
import { Sandbox } from "./sandbox.js";

const folder = mkdtempSync(join(tmpdir(), "k8s-ha-certificates-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const shell = (script: string): string =>
  execFileSync("/bin/sh", ["-ec", script], { cwd: folder, encoding: "utf8" });

const SANS = ["kubernetes", "*.example.org", "master1", "10.96.0.1", "10.88.0.100"];
shell(`openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.crt -subj /CN=kubernetes -days 30 \
  -addext subjectAltName=DNS:kubernetes,DNS:*.example.org,DNS:master1,IP:10.96.0.1,IP:10.88.0.100 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ec.key -out ec.crt -subj /CN=ca -days 3650 2>/dev/null`);
const file = (name: string): Buffer => readFileSync(join(folder, name));

describe("parseSans", () => {
  it.each([
    ["openssl's line", "                DNS:master1, DNS:a.example.org, IP Address:10.88.0.11\n"],
    ["node's", "DNS:master1, DNS:a.example.org, IP Address:10.88.0.11"],
    ["one without blanks", "DNS:master1,DNS:a.example.org,IP:10.88.0.11"],
  ])("reads %s", (_, line) => {
    expect(parseSans(line)).toEqual(["master1", "a.example.org", "10.88.0.11"]);
  });

  it("finds none in nothing", () => {
    expect(parseSans("URI:spiffe://a/b, email:a@b.c, DNS:kept")).toEqual(["kept"]);
    expect(parseSans("")).toEqual([]);
    expect(parseSans("\n")).toEqual([]);
  });
});

describe("caCertHash", () => {
  it.each(["rsa", "ec"])("is what kubeadm's documentation has openssl make of an %s certificate", (kind) => {
    const hex = shell(
      `openssl x509 -pubkey -in ${kind}.crt | openssl pkey -pubin -outform der 2>/dev/null | openssl dgst -sha256 -hex | sed 's/^.* //'`,
    );
    expect(caCertHash(file(`${kind}.crt`).toString())).toBe(`sha256:${hex.trim()}`);
    expect(hex).toMatch(/^[0-9a-f]{64}\n$/);
  });
});

describe("certificate", () => {
  it("reads the names, and tells a file that is not there", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a.crt", file("rsa.crt"));
    sandbox.file("/etc/none.crt", file("ec.crt"));
    expect((await sandbox.host().ask(certificate("/etc/a.crt")))?.sans).toEqual(SANS);
    expect((await sandbox.host().ask(certificate("/etc/none.crt")))?.sans).toEqual([]);
    expect(await sandbox.host().ask(certificate("/etc/b.crt"))).toBeUndefined();
  });
});

describe("certificateEnds", () => {
  it("finds the cluster's certificates and the kubelet's, each with its end", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/pki/ca.crt", file("ec.crt"));
    sandbox.file("/etc/kubernetes/pki/etcd/server.crt", file("rsa.crt"));
    sandbox.file("/etc/kubernetes/pki/ca.key", "no certificate");
    sandbox.file(
      "/var/lib/kubelet/pki/kubelet-client-current.pem",
      Buffer.concat([file("rsa.crt"), file("rsa.key")]),
    );
    const ends = await sandbox.host().ask(certificateEnds);
    expect([...ends.keys()]).toEqual([
      "/etc/kubernetes/pki/ca.crt",
      "/etc/kubernetes/pki/etcd/server.crt",
      "/var/lib/kubelet/pki/kubelet-client-current.pem",
    ]);
    const days = [...ends.values()].map((end) => Math.round((end - Date.now() / 1000) / 86_400));
    expect(days).toEqual([3650, 30, 30]);
  });
});

describe("wireSans", () => {
  it("sees the names that a server shows, and no answer as none", async () => {
    using sandbox = new Sandbox();
    const server = createServer({ key: file("rsa.key"), cert: file("rsa.crt") });
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      expect((await sandbox.host().ask(wireSans("127.0.0.1", port))).sans).toEqual(SANS);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect((await sandbox.host().ask(wireSans("127.0.0.1", port))).sans).toEqual([]);
  });
});
