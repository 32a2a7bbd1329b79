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
  isSignedByClusterCa,
  kubeconfigEnds,
  kubeletNode,
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
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ec.key -out ec.crt -subj /CN=ca -days 3650 2>/dev/null
openssl req -x509 -new -key ec.key -out kubelet.crt -subj /O=system:nodes/CN=system:node:worker1.example.org -days 365 2>/dev/null`);
shell(`openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout signed.key -out signed.csr -subj /CN=signed 2>/dev/null
openssl x509 -req -in signed.csr -CA ec.crt -CAkey ec.key -CAcreateserial -days 30 -out signed.crt 2>/dev/null`);
const file = (name: string): Buffer => readFileSync(join(folder, name));

describe("parseSans", () => {
  it.each([
    ["openssl's line", "                DNS:master1, DNS:a.example.org, IP Address:10.88.0.11\n"],
    ["node's", "DNS:master1, DNS:a.example.org, IP Address:10.88.0.11"],
    ["one without blanks", "DNS:master1,DNS:a.example.org,IP:10.88.0.11"],
  ])("reads %s", (_, line) => {
    expect(parseSans(line)).toEqual(["master1", "a.example.org", "10.88.0.11"]);
  });

  it("is empty for empty text", () => {
    expect(parseSans("URI:spiffe://a/b, email:a@b.c, DNS:kept")).toEqual(["kept"]);
    expect(parseSans("IP Address:FD00:88:0:0:0:0:0:100, DNS:a, IP:0:0:0:0:0:0:0:1")).toEqual([
      "fd00:88::100",
      "a",
      "::1",
    ]);
    expect(parseSans("")).toEqual([]);
    expect(parseSans("\n")).toEqual([]);
  });
});

describe("caCertHash", () => {
  it.each(["rsa", "ec"])(
    "equals the openssl command in kubeadm's documentation for an %s certificate",
    (kind) => {
      const hex = shell(
        `openssl x509 -pubkey -in ${kind}.crt | openssl pkey -pubin -outform der 2>/dev/null | openssl dgst -sha256 -hex | sed 's/^.* //'`,
      );
      expect(caCertHash(file(`${kind}.crt`).toString())).toBe(`sha256:${hex.trim()}`);
      expect(hex).toMatch(/^[0-9a-f]{64}\n$/);
    },
  );
});

describe("certificate", () => {
  it("reads the names, and recognizes a missing file", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/a.crt", file("rsa.crt"));
    sandbox.file("/etc/none.crt", file("ec.crt"));
    expect((await sandbox.host().ask(certificate("/etc/a.crt")))?.sans).toEqual(SANS);
    expect((await sandbox.host().ask(certificate("/etc/none.crt")))?.sans).toEqual([]);
    expect(await sandbox.host().ask(certificate("/etc/b.crt"))).toBeUndefined();
  });
});

describe("certificateEnds", () => {
  it("finds the cluster's certificates and the kubelet's, with their expiry", async () => {
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

describe("kubeconfigEnds", () => {
  it("finds the certificates in kubeconfigs and the kubelet's for serving", async () => {
    using sandbox = new Sandbox();
    const data = (name: string) => file(name).toString("base64");
    const user = `    client-certificate-data: ${data("rsa.crt")}\n    client-key-data: ${data("rsa.key")}\n`;
    sandbox.file("/etc/kubernetes/admin.conf", `users:\n- user:\n${user}`);
    sandbox.file("/etc/kubernetes/broken.conf", "    client-certificate-data: %%%\n");
    sandbox.file("/etc/kubernetes/kubelet.conf", "    client-certificate: /var/lib/kubelet/pki/x.pem\n");
    const served = "/var/lib/kubelet/pki/kubelet-server-current.pem";
    sandbox.file(served, Buffer.concat([file("ec.crt"), file("ec.key")]));
    const ends = await sandbox.host().ask(kubeconfigEnds);
    const days = [...ends].map(([path, end]) => [path, Math.round((end - Date.now() / 1000) / 86_400)]);
    expect(days).toEqual([
      ["/etc/kubernetes/admin.conf", 30],
      ["/etc/kubernetes/broken.conf", NaN],
      [served, 3650],
    ]);
  });
});

describe("a file that is not a certificate", () => {
  const CLIENT = "/var/lib/kubelet/pki/kubelet-client-current.pem";

  it("has no expiry, also if empty; the others keep theirs", async () => {
    using sandbox = new Sandbox();
    const pki = "/etc/kubernetes/pki";
    sandbox.file(`${pki}/apiserver.crt`, "no certificate\n");
    sandbox.file(`${pki}/ca.crt`, file("ec.crt"));
    sandbox.file(`${pki}/front-proxy-ca.crt`, "");
    // Without its last lines, and without a trailing newline.
    sandbox.file(`${pki}/sa.crt`, file("rsa.crt").subarray(0, 300));
    sandbox.file(`${pki}/etcd/ca.crt`, file("ec.crt"));
    const ends = await sandbox.host().ask(certificateEnds);
    expect([...ends].map(([path, end]) => [path, Number.isNaN(end)])).toEqual([
      [`${pki}/apiserver.crt`, true],
      [`${pki}/ca.crt`, false],
      [`${pki}/front-proxy-ca.crt`, true],
      [`${pki}/sa.crt`, true],
      [`${pki}/etcd/ca.crt`, false],
    ]);
    await expect(sandbox.host().ask(certificate(`${pki}/apiserver.crt`))).rejects.toMatchObject({
      host: "master1",
      message: `${pki}/apiserver.crt cannot be read as a certificate`,
    });
  });

  it("is not a bundle: its first certificate counts", async () => {
    using sandbox = new Sandbox();
    sandbox.file(
      "/etc/kubernetes/pki/ca.crt",
      Buffer.concat([Buffer.from("a comment\n"), file("rsa.crt"), file("ec.crt")]),
    );
    const ends = await sandbox.host().ask(certificateEnds);
    expect([...ends.values()].map((end) => Math.round((end - Date.now() / 1000) / 86_400))).toEqual([30]);
  });

  it("is not confused with a path: base64 lines may start with a slash", async () => {
    using sandbox = new Sandbox();
    const pem = "-----BEGIN CERTIFICATE-----\n/etc/kubernetes/pki/ca.crt\n-----END CERTIFICATE-----\n";
    sandbox.file("/etc/kubernetes/pki/a.crt", pem);
    expect([...(await sandbox.host().ask(certificateEnds)).keys()]).toEqual(["/etc/kubernetes/pki/a.crt"]);
  });

  it.each<[string, Buffer]>([
    ["after the certificate", Buffer.concat([file("kubelet.crt"), file("ec.key")])],
    ["before the certificate", Buffer.concat([file("ec.key"), file("kubelet.crt")])],
    [
      "after a truncated certificate",
      Buffer.concat([file("kubelet.crt").subarray(0, 200), Buffer.from("\n"), file("ec.key")]),
    ],
  ])("a key never leaves the host %s", async (_, pem) => {
    using sandbox = new Sandbox();
    sandbox.file(CLIENT, pem);
    const key = file("ec.key").toString().split("\n")[1] ?? "";
    for (const { script } of [kubeletNode, certificateEnds]) {
      const { code, stdout } = await sandbox.run({ script, timeoutMs: 10_000 });
      expect(code).toBe(0);
      expect(stdout).toContain("BEGIN CERTIFICATE");
      expect(stdout).not.toContain("KEY");
      expect(stdout).not.toContain(key);
    }
  });

  it("has no node name, which is in a kubelet's certificate", async () => {
    using sandbox = new Sandbox();
    const asked = () => sandbox.host().ask(kubeletNode);
    expect(await asked()).toBe("");
    sandbox.file(CLIENT, "");
    expect(await asked()).toBe("");
    sandbox.file(CLIENT, Buffer.concat([file("kubelet.crt"), file("ec.key")]));
    expect(await asked()).toBe("worker1.example.org");
    // A third-party certificate.
    sandbox.file(CLIENT, Buffer.concat([file("rsa.crt"), file("rsa.key")]));
    expect(await asked()).toBe("");
  });
});

describe("wireSans", () => {
  it("reads the names that a server presents, and none without a response", async () => {
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

describe("isSignedByClusterCa", () => {
  it.each([
    ["a certificate that it signed, with any names", "signed", true],
    ["one signed by another CA", "rsa", false],
  ])("recognizes %s", async (_, name, expected) => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/pki/ca.crt", file("ec.crt"));
    const server = createServer({ key: file(`${name}.key`), cert: file(`${name}.crt`) });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await sandbox.host().ask(isSignedByClusterCa("127.0.0.1", port))).toBe(expected);
    server.close();
  });
});
