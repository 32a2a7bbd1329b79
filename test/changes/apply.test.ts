import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { leftovers, MASTER_TOKEN, WORKER_TOKEN } from "../../src/changes/revoke.js";
import { haproxyConfig } from "../../src/config-files/haproxy.js";
import { parseStatsPassword } from "../../src/config-files/haproxy-passwords.js";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";
import { recorded } from "../steps/recorded.js";
import { clusterConfiguration } from "../../src/steps/certificates/cluster-configuration.js";
import { haproxyOptions } from "../config-files/haproxy-options.js";
import { Sandbox } from "../machine/sandbox.js";
import { status } from "../machine/web.js";
import { make } from "./context.js";

const ADMIN = "kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.88.0.11:6443".split(" ");
const cluster = {
  clusterConfiguration: recorded(clusterConfiguration, "fresh").clusterConfiguration,
  nodeName: "master1",
  criSocket: "/run/containerd/containerd.sock",
};

describe("sysctl", () => {
  it("sets the value now", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, {
      kind: "sysctl",
      host: "lb1",
      key: "net.ipv4.ip_nonlocal_bind",
      before: "0",
      value: "1",
    });
    expect(sandbox.calls()).toEqual([["sysctl", "-q", "-w", "net.ipv4.ip_nonlocal_bind=1"]]);
  });
});

describe("service", () => {
  const change: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };

  it("is enabled, then reloaded or started", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.commands()).toEqual([
      "systemctl enable -q haproxy",
      "systemctl reset-failed haproxy",
      "systemctl reload-or-restart haproxy",
    ]);
  });

  it("that runs but does not work is restarted, with new limits", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, { ...change, because: "not listening", restart: true });
    expect(sandbox.commands()).toContain("systemctl restart haproxy");
  });

  it("that does not start fails with its journal output", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", 'case "$1" in reload-or-restart) exit 1 ;; esac');
    sandbox.answer("journalctl", "echo 'cannot bind socket'");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "lb1",
      stderr: "cannot bind socket\n",
    });
  });
});

describe("firewall", () => {
  it("opens for the next start first, then now; a rule is one word", async () => {
    using sandbox = new Sandbox();
    const rule = 'rule protocol value="vrrp" accept';
    await make(sandbox, {
      kind: "firewall",
      host: "lb1",
      zone: "lan",
      ports: ["6443/tcp"],
      richRules: [rule],
    });
    expect(sandbox.calls()).toEqual([
      ["firewall-cmd", "-q", "--zone=lan", "--permanent", "--add-port=6443/tcp"],
      ["firewall-cmd", "-q", "--zone=lan", "--permanent", `--add-rich-rule=${rule}`],
      ["firewall-cmd", "-q", "--zone=lan", "--add-port=6443/tcp"],
      ["firewall-cmd", "-q", "--zone=lan", `--add-rich-rule=${rule}`],
    ]);
  });

  it("does not open it now if it could not be made permanent", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("firewall-cmd", "exit 13");
    const change: Change = {
      kind: "firewall",
      host: "lb1",
      zone: "lan",
      ports: ["6443/tcp"],
      richRules: [],
    };
    await expect(make(sandbox, change)).rejects.toMatchObject({ code: 13 });
    expect(sandbox.calls()).toHaveLength(1);
  });
});

describe("keepalived-config", () => {
  const change: Change = {
    kind: "keepalived-config",
    host: "lb1",
    vip: "10.88.0.100",
    interface: "eth0",
    virtualRouterId: 51,
    priority: 150,
    penalty: 20,
    before: null,
  };

  it("keeps the password that the load balancers share, and has keepalived check the file", async () => {
    using sandbox = new Sandbox();
    const text = keepalivedConfig({ ...change, password: new Secret("aB3dE6gH") })
      .secretText()
      .reveal();
    sandbox.file("/etc/keepalived/keepalived.conf", text.replace("priority 150", "priority 1"));
    await make(sandbox, change);
    expect(sandbox.read("/etc/keepalived/keepalived.conf")).toBe(text);
    expect(sandbox.commands("keepalived")).toEqual([
      expect.stringMatching(/^keepalived -t -f \/etc\/keepalived\//),
    ]);
    expect(sandbox.scripts.join("\n")).not.toContain("aB3dE6gH");
  });

  it("generates one if there is none", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, change);
    expect(sandbox.read("/etc/keepalived/keepalived.conf")).toMatch(/^ +auth_pass [A-Za-z0-9]{8}$/m);
  });
});

describe("selinux-booleans", () => {
  it("are set in one call, permanently", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setsebool", "");
    await make(sandbox, { kind: "selinux-booleans", host: "lb1", names: ["haproxy_connect_any", "b"] });
    expect(sandbox.calls()).toEqual([["setsebool", "-P", "haproxy_connect_any=on", "b=on"]]);
  });
});

describe("selinux-permissive", () => {
  it("is set for now and for the next boot, and the rest of the file is unchanged", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setenforce", "");
    sandbox.file("/etc/selinux/config", "# SELINUX=enforcing\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
    await make(sandbox, { kind: "selinux-permissive", host: "lb1" });
    expect(sandbox.read("/etc/selinux/config")).toBe(
      "# SELINUX=enforcing\nSELINUX=permissive\nSELINUXTYPE=targeted\n",
    );
    expect(sandbox.calls()).toEqual([["setenforce", "0"]]);
    expect(readdirSync(sandbox.path("/etc/selinux"))).toEqual(["config"]);
  });

  it("finds the mode in any spelling that the next boot reads", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("setenforce", "");
    sandbox.file("/etc/selinux/config", "SELINUX= Enforcing # for good\n");
    await make(sandbox, { kind: "selinux-permissive", host: "lb1" });
    expect(sandbox.read("/etc/selinux/config")).toBe("SELINUX= permissive # for good\n");
  });

  it("is not set only for now: nothing is changed if the file stays enforcing", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sed", "");
    sandbox.file("/etc/selinux/config", "SELINUX=enforcing\n");
    const made = make(sandbox, { kind: "selinux-permissive", host: "lb1" });
    await expect(made).rejects.toThrow("/etc/selinux/config still has SELINUX=enforcing");
    expect(sandbox.calls("setenforce")).toEqual([]);
  });
});

describe("haproxy-config", () => {
  const PATH = "/etc/haproxy/haproxy.cfg";
  const options = { ...haproxyOptions, stats: { port: 8404, user: "admin" } };
  const change: Change = { kind: "haproxy-config", host: "lb1", options, before: null };
  const mode = (sandbox: Sandbox) => (statSync(sandbox.path(PATH)).mode & 0o777).toString(8);
  const password = (sandbox: Sandbox) => parseStatsPassword(sandbox.read(PATH))?.reveal();

  it("keeps the password that the load balancers share, readable only by root, and has haproxy check the file", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, haproxyConfig(options, new Secret("hunter2")).secretText().reveal());
    await make(sandbox, { ...change, options: { ...options, maxconn: 500 } });
    expect(password(sandbox)).toBe("hunter2");
    expect(sandbox.read(PATH)).toContain("    maxconn 500\n");
    expect(mode(sandbox)).toBe("600");
    expect(sandbox.commands("haproxy")).toEqual([expect.stringMatching(/^haproxy -c -f \/etc\/haproxy\//)]);
    expect(sandbox.scripts.join("\n")).not.toContain("hunter2");
  });

  it("generates one if there is none, and takes none from a third-party file", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "listen stats\n    stats auth admin:'hunter2'\n");
    await make(sandbox, change);
    expect(password(sandbox)).toMatch(/^[A-Za-z0-9]{24}$/);
  });

  it("takes the one in the operator's file, regardless of the load balancers", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, haproxyConfig(options, new Secret("hunter2")).secretText().reveal());
    sandbox.file("/password", "it's new\nanything\n");
    await make(sandbox, { ...change, passwordFile: sandbox.path("/password") });
    expect(password(sandbox)).toBe("it's new");
    expect(sandbox.scripts.join("\n")).not.toContain("s new");
  });

  it("is world-readable if there is no password", async () => {
    using sandbox = new Sandbox();
    const open = { ...options, stats: { port: 8404 } };
    await make(sandbox, { ...change, options: open });
    expect(sandbox.read(PATH)).toBe(haproxyConfig(open).shown());
    expect(mode(sandbox)).toBe("644");
  });
});

describe("config-map", () => {
  const change: Change = {
    kind: "config-map",
    host: "master1",
    namespace: "kube-system",
    name: "kubeadm-config",
    data: { ClusterConfiguration: { before: "old\n", after: 'it\'s "new"\n' } },
    annotations: { hash: "1" },
  };
  const object = (text: string) => ({
    metadata: { resourceVersion: "77", annotations: { other: "kept" } },
    data: { ClusterConfiguration: text, ClusterStatus: "kept" },
  });
  const serve = (sandbox: Sandbox, text: string): void => {
    sandbox.file("/object.json", JSON.stringify(object(text)));
    sandbox.answer(
      "kubectl",
      'case "$*" in *replace*) cat >"$SANDBOX/replaced.json" ;; *) cat "$SANDBOX/object.json" ;; esac',
    );
  };

  it("replaces its keys with the version that was read, and keeps everything else", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, "old\n");
    await make(sandbox, change);
    expect(JSON.parse(sandbox.read("/replaced.json"))).toEqual({
      metadata: { resourceVersion: "77", annotations: { other: "kept", hash: "1" } },
      data: { ClusterConfiguration: 'it\'s "new"\n', ClusterStatus: "kept" },
    });
    expect(sandbox.calls("kubectl")).toEqual([
      [...ADMIN, "get", "--raw", "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"],
      [...ADMIN, "replace", "--raw", "/api/v1/namespaces/kube-system/configmaps/kubeadm-config", "-f", "-"],
    ]);
  });

  it("writes nothing a second time", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, 'it\'s "new"\n');
    await make(sandbox, change);
    expect(sandbox.calls("kubectl")).toHaveLength(1);
  });

  it("does not overwrite a concurrent edit", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, "another hand\n");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      message: "the ConfigMap kube-system/kubeadm-config was modified outside k8s-ha since the plan was made",
    });
    expect(sandbox.calls("kubectl")).toHaveLength(1);
  });

  it("waits until every signature of cluster-info is a new one", async () => {
    using sandbox = new Sandbox();
    const signed = (text: string, signature: string): string =>
      JSON.stringify({ metadata: {}, data: { kubeconfig: text, "jws-kubeconfig-abcdef": signature } });
    sandbox.file("/old.json", signed("old", "s1"));
    sandbox.file("/stale.json", signed("new", "s1"));
    sandbox.file("/signed.json", signed("new", "s2"));
    sandbox.answer(
      "kubectl",
      `case "$*" in
*replace*) cat >/dev/null; echo 1 >"$SANDBOX/n" ;;
*) if [ ! -f "$SANDBOX/n" ]; then cat "$SANDBOX/old.json"; elif [ "$(cat "$SANDBOX/n")" = 1 ]; then echo 2 >"$SANDBOX/n"; cat "$SANDBOX/stale.json"; else cat "$SANDBOX/signed.json"; fi ;;
esac`,
    );
    await make(sandbox, {
      kind: "config-map",
      host: "master1",
      namespace: "kube-public",
      name: "cluster-info",
      data: { kubeconfig: { before: "old", after: "new" } },
      signed: true,
    });
    expect(sandbox.calls("kubectl").map((call) => call[5])).toEqual(["get", "replace", "get", "get"]);
  });
});

describe("rollout", () => {
  it("patches the pod template's annotation", async () => {
    using sandbox = new Sandbox();
    await make(sandbox, {
      kind: "rollout",
      host: "master1",
      workload: "DaemonSet",
      namespace: "kube-system",
      name: "kube-proxy",
      configHash: "0123",
      interruption: { what: "nothing", seconds: 0 },
    });
    const patch = { spec: { template: { metadata: { annotations: { "k8s-ha/config-hash": "0123" } } } } };
    expect(sandbox.calls()).toEqual([
      [...ADMIN, "-n", "kube-system", "patch", "daemonset/kube-proxy", "-p", JSON.stringify(patch)],
    ]);
  });
});

describe("file-copy", () => {
  it("copies the file without its text in any script", async () => {
    using sandbox = new Sandbox();
    const bytes = Buffer.from([...Buffer.from("KEY without a newline"), 0, 0xff]);
    sandbox.file("/etc/kubernetes/pki/sa.key", bytes);
    await make(sandbox, {
      kind: "file-copy",
      host: "master2",
      from: "master1",
      path: "/etc/kubernetes/pki/sa.key",
      mode: "0600",
      owner: "1000:1000",
    });
    expect(readFileSync(sandbox.path("/etc/kubernetes/pki/sa.key"))).toEqual(bytes);
    expect(sandbox.commands("chown")[0]).toMatch(/^chown 1000:1000 /);
    expect(sandbox.scripts).toHaveLength(2);
    expect(sandbox.scripts.join("\n")).not.toContain("KEY");
  });
});

describe("upload-certs", () => {
  it("gives kubeadm the key in a file that nobody else can read, and removes it again", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubeadm", 'cat "$SANDBOX/run/k8s-ha/upload-certs.yaml" >"$SANDBOX/seen"');
    await make(sandbox, { kind: "upload-certs", host: "master1", ...cluster });
    const key = /^certificateKey: "([0-9a-f]{64})"$/m.exec(sandbox.read("/seen"))?.[1];
    expect(key).toBeDefined();
    expect(readdirSync(sandbox.path("/run/k8s-ha"))).toEqual([]);
    expect(sandbox.commands()).toEqual([
      "kubeadm init phase upload-certs --upload-certs --config /run/k8s-ha/upload-certs.yaml",
    ]);
    expect(sandbox.scripts.join("\n")).not.toContain(key);
  });
});

describe("apiserver-certificate", () => {
  const PKI = "/etc/kubernetes/pki";
  const change: Change = {
    kind: "apiserver-certificate",
    host: "master1",
    ...cluster,
    sansBefore: ["master1"],
    sansAfter: ["master1", "10.88.0.100"],
  };
  /** A CA on the host, and a kubeadm that signs with it a certificate of these names. */
  function host(sans: string): Sandbox {
    const sandbox = new Sandbox();
    sandbox.file(`${PKI}/apiserver.crt`, "old");
    sandbox.file(`${PKI}/apiserver.key`, "old");
    const openssl = (script: string): void => {
      execFileSync("/bin/sh", ["-ec", `${script} 2>/dev/null`], { cwd: sandbox.path(PKI) });
    };
    openssl(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=kubernetes -days 30",
    );
    sandbox.answer(
      "kubeadm",
      `cd "$SANDBOX/etc/kubernetes/.k8s-ha-certificates"; cp kubeadm.yaml "$SANDBOX/seen"
openssl req -newkey rsa:2048 -nodes -keyout apiserver.key -out csr -subj /CN=kube-apiserver -addext subjectAltName=${sans} 2>/dev/null
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy -out apiserver.crt -days 30 2>/dev/null`,
    );
    return sandbox;
  }

  it("uses kubeadm's certificate if it has every name, and cleans up", async () => {
    using sandbox = host("DNS:master1,IP:10.88.0.100");
    await make(sandbox, change);
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toContain("BEGIN CERTIFICATE");
    expect(sandbox.read(`${PKI}/apiserver.key`)).toContain("PRIVATE KEY");
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
    expect(sandbox.read("/seen")).toContain("certificatesDir: /etc/kubernetes/.k8s-ha-certificates\n");
  });

  it("keeps the old one if a name is missing", async () => {
    using sandbox = host("DNS:master1");
    await expect(make(sandbox, change)).rejects.toMatchObject({
      message: "kubeadm created a certificate without 10.88.0.100; the old one stays in place",
    });
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toBe("old");
    expect(sandbox.read(`${PKI}/apiserver.key`)).toBe("old");
  });

  it("keeps the old one if kubeadm fails", async () => {
    using sandbox = host("DNS:master1");
    sandbox.answer("kubeadm", "exit 3");
    await expect(make(sandbox, change)).rejects.toMatchObject({ code: 3 });
    expect(sandbox.read(`${PKI}/apiserver.crt`)).toBe("old");
  });
});

describe("what runs in its own systemd unit", () => {
  it("packages: apt-get without questions, with a fresh index only if needed", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer(
      "apt-get",
      'case "$*" in *install*) [ -f "$SANDBOX/index" ] ;; *update*) touch "$SANDBOX/index" ;; esac',
    );
    await make(sandbox, {
      kind: "packages",
      host: "lb1",
      manager: "apt",
      install: ["haproxy", "keepalived"],
    });
    const calls = sandbox.commands("dpkg", "apt-get");
    expect(calls[0]).toBe("dpkg --configure -a");
    expect(calls.slice(1).map((call) => /update|install haproxy keepalived$/.exec(call)?.[0])).toEqual([
      "install haproxy keepalived",
      "update",
      "install haproxy keepalived",
    ]);
  });

  it("images: one pull after the other, none after one that failed", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer("crictl", 'case "$*" in *b:1*) echo "no such image" >&2; exit 1 ;; esac');
    const { criSocket } = cluster;
    const change: Change = {
      kind: "images",
      host: "master2",
      criSocket,
      images: ["r/a:1", "r/b:1", "r/c:1"],
    };
    await expect(make(sandbox, change)).rejects.toMatchObject({ code: 1, stderr: "no such image\n" });
    expect(sandbox.calls("crictl").map((call) => call.slice(3).join(" "))).toEqual([
      "pull r/a:1",
      "pull r/b:1",
    ]);
  });
});

describe("static-pod-restart", () => {
  it("replaces the sandbox and waits for a new, healthy one", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      'case "$*" in *rmp*) touch "$SANDBOX/gone" ;; *--label*) if [ -f "$SANDBOX/gone" ]; then echo new; else echo old; fi ;; esac',
    );
    sandbox.answer("curl", "printf ok");
    await make(sandbox, { kind: "static-pod-restart", host: "master1", components: ["kube-scheduler"] });
    expect(sandbox.calls("crictl").map((call) => call.slice(3).join(" "))).toEqual([
      "pods -q --namespace kube-system --label component=kube-scheduler",
      "stopp old",
      "rmp old",
      "pods -q --namespace kube-system --label component=kube-scheduler",
    ]);
    expect(sandbox.calls("curl")[0]?.at(-1)).toBe("https://127.0.0.1:10259/healthz");
  });

  it("checks an apiserver at the address that its clients use", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "crictl",
      'case "$*" in *rmp*) touch "$SANDBOX/gone" ;; *--label*) if [ -f "$SANDBOX/gone" ]; then echo new; else echo old; fi ;; esac',
    );
    sandbox.answer("curl", "printf ok");
    await make(sandbox, { kind: "static-pod-restart", host: "master1", components: ["kube-apiserver"] });
    expect(sandbox.calls("curl")[0]?.at(-1)).toBe("https://10.88.0.11:6443/readyz");
  });
});

describe("kubelet-restart", () => {
  it("waits until the node is Ready with a lease newer than the restart", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    const node = { metadata: { name: "n" }, status: { conditions: [{ type: "Ready", status: "True" }] } };
    const lease = (year: number) => ({ spec: { renewTime: `${year}-01-31T22:15:30.000000Z` } });
    sandbox.web.api({
      "/api/v1/nodes/n": node,
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": [lease(2000), lease(2100)],
    });
    await make(sandbox, { kind: "kubelet-restart", host: "worker1", node: "n" });
    expect(sandbox.commands("systemctl")).toEqual(
      expect.arrayContaining(["systemctl stop kubelet", "systemctl start kubelet"]),
    );
    expect(sandbox.calls("curl").filter((call) => call.at(-1)?.endsWith("leases/n"))).toHaveLength(2);
    // Cut off between stop and start, the node would be left without a kubelet.
    expect(sandbox.commands("systemd-run")[0]).toContain("--unit=k8s-ha-kubelet-restart.service");
  });

  it("ignores messages of systemctl", async () => {
    using sandbox = new Sandbox();
    sandbox.runsUnits();
    sandbox.answer(
      "systemctl",
      "echo 'Warning: The unit file, source configuration file or drop-ins changed.' >&2",
    );
    sandbox.web.api({
      "/api/v1/nodes/n": { status: { conditions: [{ type: "Ready", status: "True" }] } },
      "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n": {
        spec: { renewTime: "2100-01-31T22:15:30.000000Z" },
      },
    });
    await make(sandbox, { kind: "kubelet-restart", host: "worker1", node: "n" });
  });
});

describe("revoke", () => {
  const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
  const TOKENS = `${SECRETS}type%3Dbootstrap.kubernetes.io/token`;
  const CERTS = `${SECRETS}metadata.name%3Dkubeadm-certs`;
  const secrets = (sandbox: Sandbox): void => {
    const token = (name: string, description: string) => ({
      metadata: { name },
      data: { description: Buffer.from(description).toString("base64"), "token-secret": "c2VjcmV0" },
    });
    const items = [
      token("bootstrap-token-aaaaaa", MASTER_TOKEN),
      token("bootstrap-token-dddddd", WORKER_TOKEN),
      token("bootstrap-token-bbbbbb", "somebody's own"),
    ];
    sandbox.web.api({
      [TOKENS]: { items },
      [CERTS]: { items: [{ metadata: { name: "kubeadm-certs" } }] },
    });
  };

  it("deletes what k8s-ha left, and no other token", async () => {
    using sandbox = new Sandbox();
    secrets(sandbox);
    await make(sandbox, { kind: "revoke", host: "master1" });
    expect(sandbox.calls("kubectl").at(-1)).toEqual([
      ...[...ADMIN, "-n", "kube-system", "delete", "secret", "--ignore-not-found"],
      ...["bootstrap-token-aaaaaa", "bootstrap-token-dddddd", "kubeadm-certs"],
    ]);
  });

  it("lets no token's text leave the host", async () => {
    using sandbox = new Sandbox();
    secrets(sandbox);
    await leftovers(sandbox.host());
    const [script = ""] = sandbox.scripts;
    const out = execFileSync("/bin/sh", ["-c", script], {
      env: { PATH: `${sandbox.path("/bin")}:${process.env["PATH"] ?? ""}`, SANDBOX: sandbox.root },
      encoding: "utf8",
    });
    expect(out).toContain("bootstrap-token-aaaaaa");
    expect(out).not.toContain("c2VjcmV0");
  });

  it("finds nothing if there is nothing", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({ [TOKENS]: { items: [] }, [CERTS]: { items: [] } });
    expect(await leftovers(sandbox.host())).toEqual([]);
  });

  it("fails if the API does not answer or denies access", async () => {
    using sandbox = new Sandbox();
    await expect(leftovers(sandbox.host())).rejects.toMatchObject({ host: "master1" });
    sandbox.web.api({ [TOKENS]: { items: [] }, [CERTS]: status(403, "secrets is forbidden") });
    await expect(leftovers(sandbox.host())).rejects.toMatchObject({
      host: "master1",
      message: "the apiserver does not list the Secrets in kube-system: HTTP status 403",
    });
  });
});
