import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Sandbox } from "../machine/sandbox.js";
import { driftOf, stateBefore, make, undoChange } from "./context.js";
import { initNode } from "./init-node.js";
import { itIsShownAs } from "./shown.js";

const PKI = "/etc/kubernetes/pki";
const change: Change = {
  kind: "apiserver-certificate",
  host: "master1",
  ...initNode,
  sansBefore: ["master1"],
  sansAfter: ["master1", "10.88.0.100"],
};

const CA =
  "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=kubernetes -days 30";

/** A CA that is signed by another one, which the host does not have. */
const INTERMEDIATE_CA = `openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -subj /CN=root -days 30
openssl req -newkey rsa:2048 -nodes -keyout ca.key -out ca.csr -subj /CN=kubernetes
echo basicConstraints=critical,CA:TRUE >extensions
openssl x509 -req -in ca.csr -CA root.crt -CAkey root.key -CAcreateserial -extfile extensions -out ca.crt -days 30
rm root.crt root.key root.srl ca.csr extensions`;

describe("apiserver-certificate", () => {
  /** A CA on the host, and a kubeadm that signs a certificate of these names with it. */
  function host(sans: string, makeCa = CA): Sandbox {
    const sandbox = new Sandbox();
    sandbox.file(`${PKI}/apiserver.crt`, "old");
    sandbox.file(`${PKI}/apiserver.key`, "old");
    const openssl = (script: string): void => {
      execFileSync("/bin/sh", ["-ec", `${script} 2>/dev/null`], { cwd: sandbox.path(PKI) });
    };
    openssl(makeCa);
    sandbox.answer(
      "kubeadm",
      `cd "$SANDBOX/etc/kubernetes/.k8s-ha-certificates"; cp kubeadm.yaml "$SANDBOX/seen"
openssl req -newkey rsa:2048 -nodes -keyout apiserver.key -out csr -subj /CN=kube-apiserver -addext subjectAltName=${sans} 2>/dev/null
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy -out apiserver.crt -days 30 2>/dev/null`,
    );
    return sandbox;
  }

  itIsShownAs(
    {
      ...change,
      clusterConfiguration: "kind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n",
      sansAfter: ["master1", "b", "10.0.0.1"],
    },
    {
      mark: "~",
      describe: "create a new apiserver certificate with kubeadm init phase certs",
      diff: "+ SAN b\n+ SAN 10.0.0.1",
      interrupts: {
        what: "nothing: the apiserver reloads the certificate at once without a restart",
        seconds: 0,
      },
    },
  );

  it("uses kubeadm's certificate if it has every name, and cleans up", async () => {
    using sandbox = host("DNS:master1,IP:10.88.0.100");
    await make(sandbox, change);
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toContain("BEGIN CERTIFICATE");
    expect(sandbox.read(`${PKI}/apiserver.key`)).toContain("PRIVATE KEY");
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
    expect(sandbox.read("/seen")).toContain("certificatesDir: /etc/kubernetes/.k8s-ha-certificates\n");
  });

  it("accepts a cluster CA that another CA signed", async () => {
    using sandbox = host("DNS:master1,IP:10.88.0.100", INTERMEDIATE_CA);
    await make(sandbox, change);
    const before = await stateBefore(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
  });

  it("keeps the previous one if a name is missing", async () => {
    using sandbox = host("DNS:master1");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      message: "kubeadm created a certificate without 10.88.0.100; the old one stays in place",
    });
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toBe("old");
    expect(sandbox.read(`${PKI}/apiserver.key`)).toBe("old");
  });

  it("keeps the previous one if kubeadm fails", async () => {
    using sandbox = host("DNS:master1");
    sandbox.answer("kubeadm", "exit 3");
    await expect(make(sandbox, change)).rejects.toMatchObject({ code: 3 });
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toBe("old");
  });
});

describe("the apiserver's certificate", () => {
  const pair = (sandbox: Sandbox, days: number): void => {
    sandbox.file(`${PKI}/apiserver.key`, "");
    const script = `${CA}
openssl req -newkey rsa:2048 -nodes -keyout apiserver.key -out csr -subj /CN=kube-apiserver
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -out apiserver.crt -days ${days}`;
    execFileSync("/bin/sh", ["-ec", script], { cwd: sandbox.path(PKI), stdio: "ignore" });
  };

  it("is restored with its key, and no key is in the journal", async () => {
    using sandbox = new Sandbox();
    pair(sandbox, 30);
    const [key, certificate] = ["key", "crt"].map((end) => sandbox.read(`${PKI}/apiserver.${end}`));
    const before = await stateBefore(sandbox, change);
    expect(JSON.stringify(before)).not.toContain("PRIVATE");
    pair(sandbox, 30);
    await undoChange(sandbox, change, before);
    expect(["key", "crt"].map((end) => sandbox.read(`${PKI}/apiserver.${end}`))).toEqual([key, certificate]);
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
  });

  it("that expires soon, or that another CA signed, is reported", async () => {
    using sandbox = new Sandbox();
    pair(sandbox, 30);
    const before = await stateBefore(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    pair(sandbox, 1);
    expect(await driftOf(sandbox, change, before)).toMatch(/not signed by the cluster's CA/);
    const short = await stateBefore(sandbox, change);
    expect(await driftOf(sandbox, change, short)).toMatch(/expires within a day/);
    rmSync(sandbox.path("/var/lib/k8s-ha"), { recursive: true });
    expect(await driftOf(sandbox, change, short)).toMatch(/: its copy \S+\/apiserver\.crt is missing$/);
  });
});
