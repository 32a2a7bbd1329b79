import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frameApi } from "../../src/machine/api-batch.js";
import { sh } from "../../src/shell/shell.js";

/** A folder that stands in for /etc/kubernetes, with certificates by openssl; a server that identifies its clients. */
const folder = mkdtempSync(join(tmpdir(), "k8s-ha-api-"));
const file = (name: string) => join(folder, name);
let server: Server;

beforeAll(async () => {
  mkdirSync(file("pki"));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...elliptic, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "pki/ca.crt");
  writeFileSync(file("san"), "subjectAltName=IP:127.0.0.1");
  for (const name of ["server", "admin", "super-admin", "other"]) {
    openssl("req", ...elliptic, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const by = ["-CA", "pki/ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-out", `${name}.crt`);
  }
  server = createServer(
    {
      key: readFileSync(file("server.key")),
      cert: readFileSync(file("server.crt")),
      ca: readFileSync(file("pki/ca.crt")),
      requestCert: true,
    },
    (request, response) => {
      const { socket } = request;
      const name = socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : "no TLS";
      // No connection is used twice.
      response.writeHead(name === "other" ? 403 : 200, { connection: "close" }).end(`${name} ${request.url}`);
    },
  );
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const embedded = (name: string) => {
  const data = (path: string) => readFileSync(file(path)).toString("base64");
  return `client-certificate-data: ${data(`${name}.crt`)}\n    client-key-data: ${data(`${name}.key`)}`;
};
const byPath = (name: string) => `client-certificate: ${file(`${name}.crt`)}\n    client-key: '${name}.key'`;
const user = (name: string, credentials: string) => `- name: ${name}\n  user:\n    ${credentials}\n`;
const context = (of: string, name: string) =>
  `- context:\n    cluster: c\n    user: ${of}\n  name: ${name}\n`;
const kubeconfig = (users: string, contexts = context("admin", "a@c"), current = "a@c") =>
  `apiVersion: v1\nclusters:\n- cluster:\n    server: https://x\n  name: c\ncontexts:\n${contexts}current-context: ${current}\nkind: Config\nusers:\n${users}`;

/** The server's responses to requests with that admin.conf, and the shell's error output. */
async function ask(admin: string, urls = ["/api/v1/a"], superAdmin?: string) {
  writeFileSync(file("admin.conf"), admin);
  rmSync(file("super-admin.conf"), { force: true });
  if (superAdmin !== undefined) writeFileSync(file("super-admin.conf"), superAdmin);
  const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { script, split } = frameApi(urls.map((url) => sh`${base + url}`));
  const child = spawn("/bin/sh", ["-c", script.text.replaceAll("/etc/kubernetes", folder)]);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const code = await new Promise<number>((ended) =>
    child.on("close", (status) => {
      ended(status ?? 0);
    }),
  );
  return split({ stdout, stderr, code }).map((answer) => ({ ...answer, stderr: stderr.split("\n")[0] }));
}

describe("an API request over TLS", () => {
  it.each([
    ["embedded", embedded],
    ["an absolute and a relative path", byPath],
  ])("uses admin.conf's certificate and key (%s), on as many connections as it needs", async (_, form) => {
    expect(
      await ask(kubeconfig(user("admin", form("admin"))), ["/api/v1/a", "/api/v1/b", "/api/v1/c"]),
    ).toEqual(["a", "b", "c"].map((name) => ({ code: 200, stdout: `admin /api/v1/${name}`, stderr: "" })));
  });

  it.each([
    ["first", ["admin", "other"]],
    ["last", ["other", "admin"]],
  ])("uses the user of the current context if it is the %s of several", async (_, names) => {
    const users = names.map((name) => user(name, embedded(name))).join("");
    const contexts = context("other", "o@c") + context("admin", "a@c");
    expect(await ask(kubeconfig(users, contexts, '"a@c"'))).toMatchObject([{ stdout: "admin /api/v1/a" }]);
  });

  it("uses super-admin.conf if admin.conf is not allowed", async () => {
    const forbidden = kubeconfig(user("admin", embedded("other")));
    const allowed = kubeconfig(user("admin", embedded("super-admin")));
    expect(await ask(forbidden, ["/api/v1/a", "/apis/b"], allowed)).toMatchObject([
      { stdout: "super-admin /api/v1/a" },
      { stdout: "super-admin /apis/b" },
    ]);
    expect(await ask(forbidden)).toMatchObject([{ code: 403, stdout: "other /api/v1/a" }]);
    expect(await ask(kubeconfig(user("admin", embedded("admin"))), ["/api/v1/a"], allowed)).toMatchObject([
      { stdout: "admin /api/v1/a" },
    ]);
  });

  it("reports an admin.conf without a usable key, with a fix", async () => {
    const stderr = /admin\.conf has no client certificate and key.*kubeadm init phase kubeconfig admin/;
    for (const credentials of ["token: abc", "exec:\n      command: login"]) {
      expect(await ask(kubeconfig(user("admin", credentials)))).toMatchObject([
        { code: 0, stderr: expect.stringMatching(stderr) as string },
      ]);
    }
    const cut = embedded("admin").replace(/(client-key-data: .{9}).*/, "$1");
    expect(await ask(kubeconfig(user("admin", cut)))).toMatchObject([
      {
        code: 0,
        stderr: expect.stringMatching(/client-key-data in .*admin\.conf is not valid base64/) as string,
      },
    ]);
  });
});
