import { symlinkSync, utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { homeKubeconfigs, kubeconfigs } from "../../src/machine/kubeconfigs.js";
import { Sandbox } from "./sandbox.js";

const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://10.88.0.11:6443
  name: one
- cluster:
    server: "https://other.example.org:6443"
  name: two
- cluster:
    server: 'https://third.example.org'
  name: three
users:
- name: admin
  user:
    client-key-data: S0VZ
`;
const servers = ["https://10.88.0.11:6443", "https://other.example.org:6443", "https://third.example.org"];

describe("kubeconfigs", () => {
  it("returns servers and times, omits missing files, and no key leaves the host", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/admin.conf", text);
    sandbox.file("/etc/kubernetes/empty.conf", "");
    for (const name of ["admin", "empty"]) utimesSync(sandbox.path(`/etc/kubernetes/${name}.conf`), 5.5, 5.5);
    const paths = ["admin", "none", "empty"].map((name) => `/etc/kubernetes/${name}.conf`);
    const look = kubeconfigs(paths);
    expect(await sandbox.host().ask(look)).toEqual([
      { path: "/etc/kubernetes/admin.conf", servers, otherCa: servers, modified: 5.5 },
      { path: "/etc/kubernetes/empty.conf", servers: [], modified: 5.5 },
    ]);
    expect((await sandbox.run({ script: look.script, timeoutMs: 1 })).stdout).not.toContain("S0VZ");
  });

  it("uses the time of a link's target, which the kubelet reads", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/real.conf", text);
    sandbox.file("/etc/x", "");
    symlinkSync(sandbox.path("/var/real.conf"), sandbox.path("/etc/link.conf"));
    utimesSync(sandbox.path("/var/real.conf"), 7, 7);
    expect(await sandbox.host().ask(kubeconfigs(["/etc/link.conf"]))).toMatchObject([{ modified: 7 }]);
  });
});

describe("the servers of other clusters", () => {
  it("are those in entries with another CA than this cluster's, or none", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/pki/ca.crt", "ABC");
    sandbox.file("/etc/kubernetes/admin.conf", text);
    const [found] = await sandbox.host().ask(kubeconfigs(["/etc/kubernetes/admin.conf"]));
    expect(found).toMatchObject({ servers, otherCa: servers.slice(1) });
  });

  it("exclude one whose CA is this cluster's file", async () => {
    using sandbox = new Sandbox();
    const path = sandbox.path("/etc/kubernetes/pki/ca.crt");
    sandbox.file("/etc/kubernetes/pki/ca.crt", "ABC");
    sandbox.file(
      "/etc/kubernetes/admin.conf",
      text.replace("certificate-authority-data: QUJD", `certificate-authority: ${path}`),
    );
    const [found] = await sandbox.host().ask(kubeconfigs(["/etc/kubernetes/admin.conf"]));
    expect(found?.otherCa).toEqual(servers.slice(1));
  });
});

describe("homeKubeconfigs", () => {
  it("finds root's and the login user's, except links to kubeadm's own", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("getent", `shift; for u; do echo "$u:x:1000:1000::$SANDBOX/home/$u:/bin/sh"; done`);
    sandbox.file("/home/admin/.kube/config", text);
    sandbox.file("/home/root/.kube/x", "");
    symlinkSync("/etc/kubernetes/admin.conf", sandbox.path("/home/root/.kube/config"));
    const found = await sandbox.host().ask(homeKubeconfigs("admin"));
    expect(found).toMatchObject([{ path: "/home/admin/.kube/config", servers }]);
    expect(sandbox.calls("getent")).toEqual([["getent", "passwd", "root", "admin"]]);
  });
});
