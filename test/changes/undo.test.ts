import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { keepalivedConfig } from "../../src/config-files/keepalived.js";
import { Secret } from "../../src/shell/secret.js";
import { preflight } from "../../src/steps/preflight/preflight.js";
import { haproxyOptions } from "../config-files/haproxy-options.js";
import { Sandbox } from "../machine/sandbox.js";
import { recorded } from "../steps/recorded.js";
import { driftOf, lookBefore, make, takeBack, undoOf } from "./context.js";
import { resetOf } from "./joining.js";

const LONG_AGO = 1_600_000_000;

describe("a file", () => {
  const PATH = "/etc/haproxy/haproxy.cfg";
  const change: Change = {
    kind: "file",
    host: "lb1",
    path: PATH,
    content: "new\n",
    mode: "0644",
    owner: "root:root",
    before: null,
  };

  it("is restored with mode and time, also repeatedly", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    chmodSync(sandbox.path(PATH), 0o640);
    utimesSync(sandbox.path(PATH), LONG_AGO, LONG_AGO);
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    for (let n = 0; n < 2; n++) {
      await takeBack(sandbox, change, before);
      expect(sandbox.read(PATH)).toBe("old\n");
      const { mode, mtimeMs } = statSync(sandbox.path(PATH));
      expect([mode & 0o777, mtimeMs]).toEqual([0o640, LONG_AGO * 1000]);
      expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["haproxy.cfg"]);
    }
    expect(statSync(sandbox.path("/var/lib/k8s-ha/undo")).mode & 0o777).toBe(0o700);
  });

  it("is removed if there was none, with the folders created for it", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/hostname", "lb1\n");
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    await takeBack(sandbox, change, before);
    expect(readdirSync(sandbox.path("/etc"))).toEqual(["hostname"]);
    await takeBack(sandbox, change, before);
  });

  it("keeps a folder that something else uses by now", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/hostname", "lb1\n");
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.file("/etc/haproxy/other", "");
    await takeBack(sandbox, change, before);
    expect(readdirSync(sandbox.path("/etc/haproxy"))).toEqual(["other"]);
  });

  it("that was a link is a link again", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/haproxy/real", "old\n");
    symlinkSync("real", sandbox.path(PATH));
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read("/etc/haproxy/real")).toBe("old\n");
    await takeBack(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe("old\n");
    expect(readdirSync(sandbox.path("/etc/haproxy"), { withFileTypes: true })[0]?.isSymbolicLink()).toBe(
      true,
    );
  });

  it("that was edited since is reported; ours and the former one are not", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    const before = await lookBefore(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await make(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, "by hand\n");
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
  });

  it("stays unchanged if its copy is missing", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    execFileSync("rm", ["-r", sandbox.path("/var/lib/k8s-ha")]);
    await expect(takeBack(sandbox, change, before)).rejects.toMatchObject({ host: "lb1" });
    expect(sandbox.read(PATH)).toBe("new\n");
  });
});

describe("keepalived.conf", () => {
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
  const PATH = "/etc/keepalived/keepalived.conf";

  it("is removed again; an edit by hand is detected with masked passwords, and no password is shown", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/keepalived/samples", "");
    const before = await lookBefore(sandbox, change);
    const text = keepalivedConfig({ ...change, password: new Secret("aB3dE6gH") })
      .secretText()
      .reveal();
    sandbox.file(PATH, text);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, text.replace("priority 150", "priority 1"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
    await takeBack(sandbox, change, before);
    expect(existsSync(sandbox.path(PATH))).toBe(false);
  });
});

describe("haproxy.cfg", () => {
  const PATH = "/etc/haproxy/haproxy.cfg";
  const options = { ...haproxyOptions, stats: { port: 8404, user: "admin" } };
  const change: Change = { kind: "haproxy-config", host: "lb1", options, before: null };

  it("is the former file again; an edit by hand is detected with masked passwords, and no password is shown", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "of the package\n");
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(`${PATH}.k8s-ha-before`)).toBe("of the package\n");
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    sandbox.file(PATH, sandbox.read(PATH).replace("maxconn 4000", "maxconn 10"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} was modified outside k8s-ha`);
    await takeBack(sandbox, change, before);
    expect(existsSync(sandbox.path(`${PATH}.k8s-ha-before`))).toBe(false);
    expect(sandbox.read(PATH)).toBe("of the package\n");
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
  });
});

describe("a kubeconfig", () => {
  const PATH = "/etc/kubernetes/admin.conf";
  const [FROM, TO] = ["https://10.88.0.11:6443", "https://10.88.0.100:6443"];
  const change: Change = { kind: "kubeconfig", host: "master1", path: PATH, from: FROM, to: TO };
  const text = (server: string, key = "KEY"): string =>
    `clusters:\n- cluster:\n    server: ${server}\nkey: ${key}\n`;

  it("is the former file again", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    utimesSync(sandbox.path(PATH), LONG_AGO, LONG_AGO);
    const before = await lookBefore(sandbox, change);
    expect(JSON.stringify(before)).not.toContain("KEY");
    await make(sandbox, change);
    expect(sandbox.read(PATH)).toBe(text(TO));
    await takeBack(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
    expect(statSync(sandbox.path(PATH)).mtimeMs).toBe(LONG_AGO * 1000);
    await takeBack(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
  });

  it("keeps keys that were renewed since", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    const before = await lookBefore(sandbox, change);
    sandbox.file(PATH, text(TO, "NEW"));
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    await takeBack(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM, "NEW"));
  });

  it("that was pointed elsewhere, or no longer exists, is reported", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, text(FROM));
    const before = await lookBefore(sandbox, change);
    sandbox.file(PATH, text("https://proxy:6443"));
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} no longer names ${TO}`);
    execFileSync("rm", [sandbox.path(PATH)]);
    expect(await driftOf(sandbox, change, before)).toBe(`${PATH} no longer exists`);
    await takeBack(sandbox, change, before);
    expect(sandbox.read(PATH)).toBe(text(FROM));
  });

  it("is edited in the file that a link leads to", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/etc/kubernetes/real.conf", text(FROM));
    symlinkSync("real.conf", sandbox.path(PATH));
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    await takeBack(sandbox, change, before);
    expect(sandbox.read("/etc/kubernetes/real.conf")).toBe(text(FROM));
    expect(readdirSync(sandbox.path("/etc/kubernetes"), { withFileTypes: true })[0]?.isSymbolicLink()).toBe(
      true,
    );
  });
});

describe("a kernel setting", () => {
  const change: Change = { kind: "sysctl", host: "lb1", key: "k", before: "0", value: "1" };

  it("gets the value that it had, not the one that the plan saw", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("sysctl", 'case "$1" in -n) echo 2 ;; esac');
    const before = await lookBefore(sandbox, change);
    await takeBack(sandbox, change, before);
    expect(sandbox.commands("sysctl").at(-1)).toBe("sysctl -q -w k=2");
    sandbox.answer("sysctl", "echo 7");
    expect(await driftOf(sandbox, change, before)).toBe("k is 7 now, not 1");
  });
});

describe("a service", () => {
  const change: Change = { kind: "service", host: "lb1", unit: "haproxy", because: "not running" };
  const found = (active: string, enabled: string): string =>
    `case "$*" in *LoadState*) echo LoadState=loaded ;; show*) printf 'ActiveState=${active}\\nUnitFileState=${enabled}\\n' ;; esac`;

  it.each([
    ["inactive", "disabled", ["stop haproxy", "reset-failed haproxy", "disable -q haproxy"], "stop, disable"],
    ["failed", "masked", ["stop haproxy", "reset-failed haproxy", "mask -q haproxy"], "stop, mask"],
    [
      "active",
      "enabled",
      ["reset-failed haproxy", "reload-or-restart haproxy"],
      "reload its former configuration",
    ],
  ])("that was %s and %s is so again", async (active, enabled, calls, words) => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", found(active, enabled));
    const before = await lookBefore(sandbox, change);
    expect(undoOf(change).describe(change, before)).toBe(`haproxy: ${words}`);
    await takeBack(sandbox, change, before);
    const made = sandbox.commands("systemctl").filter((line) => !line.includes(" show "));
    expect(made).toEqual(calls.map((call) => `systemctl ${call}`));
  });

  it("whose package was already removed is not changed", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("systemctl", "echo LoadState=not-found");
    await takeBack(sandbox, change, { active: false, enabled: "disabled" });
    expect(sandbox.calls("systemctl")).toHaveLength(1);
  });
});

describe("packages", () => {
  const change: Change = { kind: "packages", host: "lb1", manager: "apt", install: ["haproxy", "curl"] };
  const apt = `case "$*" in
*" -s "*install*) printf 'Inst liblua5.3-0 (5.3.6-2 Debian [amd64])\\nInst libc6 [2.36-8] (2.36-9 Debian)\\nInst haproxy (2.6.12-1 Debian)\\nConf haproxy (2.6.12-1 Debian)\\n' ;;
*" -s "*purge*) cat "$SANDBOX/going" ;;
esac`;

  it("that were added, including dependencies, are purged; what was installed or had been removed is not", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("apt-get", apt);
    sandbox.answer("dpkg-query", "printf 'ii  libc6\\nrc  liblua5.3-0\\n'");
    expect(await lookBefore(sandbox, change)).toEqual({ purge: ["haproxy"], remove: ["liblua5.3-0"] });
  });

  it("update the index if apt does not know them", async () => {
    using sandbox = new Sandbox();
    sandbox.answer(
      "apt-get",
      'case "$*" in *update*) touch "$SANDBOX/updated" ;; *) [ -e "$SANDBOX/updated" ] ;; esac',
    );
    await lookBefore(sandbox, change);
    expect(sandbox.commands("apt-get")[1]).toBe("apt-get -q update");
  });

  it("of several runs add up", () => {
    const merged = undoOf(change).merge?.({ purge: ["a"], remove: ["r"] }, { purge: ["b"], remove: ["a"] });
    expect(merged).toEqual({ purge: ["a", "b"], remove: ["r"] });
  });

  it("are removed with what keepalived wrote by itself, and nothing else next to it", async () => {
    const own = "/etc/iproute2/rt_addrprotos.d/keepalived.conf";
    const keepalived: Change = { kind: "packages", host: "lb1", manager: "apt", install: ["keepalived"] };
    const before = { purge: ["keepalived"], remove: [] };
    for (const others of [[], ["/etc/iproute2/rt_tables"]]) {
      using sandbox = new Sandbox();
      sandbox.runsUnits();
      sandbox.answer("apt-get", apt);
      sandbox.file("/going", "Purg keepalived [2.3]\n");
      for (const path of [own, "/etc/hosts", ...others]) sandbox.file(path, "");
      await takeBack(sandbox, keepalived, before);
      expect(readdirSync(sandbox.path("/etc")).sort()).toEqual(
        others.length === 0 ? ["hosts"] : ["hosts", "iproute2"],
      );
      expect(existsSync(sandbox.path(own))).toBe(false);
    }
  });

  it("stay if something else needs them by now", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("apt-get", apt);
    sandbox.file("/going", "Purg haproxy [2.6]\nRemv shop [1.0]\n");
    const before = { purge: ["haproxy"], remove: [] };
    expect(await driftOf(sandbox, change, before)).toBe("shop would be removed too");
    await takeBack(sandbox, change, before);
    expect(sandbox.calls("systemd-run")).toEqual([]);
  });
});

describe("a folder", () => {
  const change: Change = {
    kind: "folder",
    host: "master2",
    path: "/var/log/kubernetes/audit",
    mode: "0750",
    owner: "0:0",
  };

  it("is removed again, with the parents created for it", async () => {
    using sandbox = new Sandbox();
    sandbox.file("/var/lib/other", "");
    const before = await lookBefore(sandbox, change);
    expect(before).toMatchObject({
      missing: expect.arrayContaining([change.path, "/var/log/kubernetes"]) as unknown,
    });
    await make(sandbox, change);
    expect(statSync(sandbox.path(change.path)).mode & 0o7777).toBe(0o750);
    expect(sandbox.commands("chown")).toEqual([`chown 0:0 ${change.path}`]);
    await takeBack(sandbox, change, before);
    await takeBack(sandbox, change, before);
    expect(readdirSync(sandbox.path("/var"))).toEqual(["lib"]);
  });

  it("stays if something was added to it", async () => {
    using sandbox = new Sandbox();
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    sandbox.file(`${change.path}/audit.log`, "{}");
    await takeBack(sandbox, change, before);
    expect(readdirSync(sandbox.path(change.path))).toEqual(["audit.log"]);
  });
});

describe("a ConfigMap", () => {
  const change: Change = {
    kind: "config-map",
    host: "master1",
    namespace: "kube-system",
    name: "kube-proxy",
    data: { conf: { before: "old", after: "new" } },
    annotations: { hash: "2", added: "1" },
  };
  const object = (conf: string, annotations: object): string =>
    JSON.stringify({ metadata: { resourceVersion: "7", annotations }, data: { conf, other: "kept" } });
  const serve = (sandbox: Sandbox, text: string): void => {
    sandbox.file("/object.json", text);
    sandbox.answer(
      "kubectl",
      'case "$*" in *replace*) cat >"$SANDBOX/object.json" ;; *) cat "$SANDBOX/object.json" ;; esac',
    );
  };

  it("gets its texts and annotations back, and loses those that it did not have", async () => {
    using sandbox = new Sandbox();
    const former = object("old", { hash: "1" });
    serve(sandbox, former);
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read("/object.json")).toBe(object("new", { hash: "2", added: "1" }));
    await takeBack(sandbox, change, before);
    expect(sandbox.read("/object.json")).toBe(former);
    const calls = sandbox.calls("kubectl").length;
    await takeBack(sandbox, change, before);
    expect(sandbox.calls("kubectl")).toHaveLength(calls + 1);
  });

  it("that was edited since is reported", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, object("by hand", {}));
    const drift = await driftOf(sandbox, change, { data: { conf: "old" }, annotations: {} });
    expect(drift).toBe("conf in the ConfigMap kube-system/kube-proxy was modified outside k8s-ha");
  });

  it("that kubeadm rewrote with its keys in another order counts as ours", async () => {
    using sandbox = new Sandbox();
    serve(sandbox, object("b: 1\na: [x]\n", {}));
    const ours: Change = { ...change, data: { conf: { before: "old", after: "a:\n- x\nb: 1\n" } } };
    expect(await driftOf(sandbox, ours, { data: { conf: "old" }, annotations: {} })).toBeUndefined();
  });

  it("is restored to what the first of several runs found", () => {
    const [first, second] = [
      { data: { conf: "1" }, annotations: {} },
      { data: { conf: "2", more: "x" }, annotations: { hash: "h" } },
    ];
    expect(undoOf(change).merge?.(first, second)).toEqual({
      data: { conf: "1", more: "x" },
      annotations: { hash: "h" },
    });
  });
});

describe("a DaemonSet's rollout", () => {
  const change: Change = {
    kind: "rollout",
    host: "master1",
    workload: "DaemonSet",
    namespace: "kube-system",
    name: "kube-proxy",
    configHash: "0123",
    interruption: { what: "nothing", seconds: 0 },
  };
  const found = (rolled: number) => ({
    metadata: { generation: 3 },
    spec: { template: { metadata: {} } },
    status: {
      observedGeneration: 3,
      desiredNumberScheduled: 2,
      updatedNumberScheduled: rolled,
      numberAvailable: 2,
    },
  });

  it("is rolled back, and waited for: its pods' address is removed next", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({
      "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy": [found(2), found(1), found(2)],
    });
    await takeBack(sandbox, change, { configHash: null });
    const patch = { spec: { template: { metadata: { annotations: { "k8s-ha/config-hash": null } } } } };
    expect(sandbox.calls("kubectl", "curl").map(([program]) => program)).toEqual([
      "curl",
      "kubectl",
      "curl",
      "curl",
    ]);
    expect(sandbox.calls("kubectl")[0]?.at(-1)).toBe(JSON.stringify(patch));
  });

  it("is waited for as long as more pods come", async () => {
    using sandbox = new Sandbox();
    const of = (rolled: number) => ({ ...found(rolled), spec: { replicas: 5, template: { metadata: {} } } });
    const answers = [0, 1, 2, 3, 4, 5].map((rolled) => ({
      ...of(rolled),
      status: { observedGeneration: 3, updatedReplicas: rolled, availableReplicas: 5 },
    }));
    sandbox.web.api({ "/apis/apps/v1/namespaces/kube-system/deployments/kube-proxy": answers });
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 100_000));
    onTestFinished(() => {
      clock.mockRestore();
    });
    await takeBack(sandbox, { ...change, workload: "Deployment" }, { configHash: null });
    expect(sandbox.calls("curl")).toHaveLength(6);
  });

  it("is not rolled back if it was deleted since", async () => {
    using sandbox = new Sandbox();
    sandbox.web.api({});
    await takeBack(sandbox, change, { configHash: null });
    expect(sandbox.calls("kubectl")).toEqual([]);
  });
});

describe("an apiserver's flag", () => {
  const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";
  const manifest = recorded(preflight, "fresh").cluster?.manifest ?? "";
  const change: Change = {
    kind: "static-pod-flag",
    host: "master1",
    flag: "advertise-address",
    before: "10.88.0.11",
    after: "10.88.0.100",
  };
  const cluster = (sandbox: Sandbox): void => {
    sandbox.file(MANIFEST, manifest);
    utimesSync(sandbox.path(MANIFEST), LONG_AGO, LONG_AGO);
    sandbox.answer("curl", "printf 200");
  };

  it("is the former one again, and the manifest the former file", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    expect(sandbox.read(MANIFEST)).not.toBe(manifest);
    await takeBack(sandbox, change, before);
    expect(sandbox.read(MANIFEST)).toBe(manifest);
    expect(statSync(sandbox.path(MANIFEST)).mtimeMs).toBe(LONG_AGO * 1000);
  });

  it("that was not set is removed again, and the manifest is the former file", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    sandbox.answer("pgrep", 'echo "1 kube-apiserver --advertise-address=10.88.0.11"');
    const bind: Change = {
      kind: "static-pod-flag",
      host: "master1",
      flag: "bind-address",
      after: "10.88.0.11",
    };
    const before = await lookBefore(sandbox, bind);
    await make(sandbox, bind);
    expect(sandbox.read(MANIFEST)).toContain("--bind-address=10.88.0.11");
    expect(await driftOf(sandbox, bind, before)).toBeUndefined();
    expect(undoOf(bind).describe(bind, before)).toBe("kube-apiserver: remove --bind-address and restart");
    for (let n = 0; n < 2; n++) {
      await takeBack(sandbox, bind, before);
      expect(sandbox.read(MANIFEST)).toBe(manifest);
    }
    expect(statSync(sandbox.path(MANIFEST)).mtimeMs).toBe(LONG_AGO * 1000);
    expect(await driftOf(sandbox, bind, before)).toBeUndefined();
  });

  it("is the only change if the manifest has other edits since", async () => {
    using sandbox = new Sandbox();
    cluster(sandbox);
    const before = await lookBefore(sandbox, change);
    await make(sandbox, change);
    const edited = (text: string): string =>
      text.replace("--allow-privileged=true", "--allow-privileged=false");
    sandbox.file(MANIFEST, edited(sandbox.read(MANIFEST)));
    await takeBack(sandbox, change, before);
    expect(sandbox.read(MANIFEST)).toBe(edited(manifest));
    sandbox.file(
      MANIFEST,
      manifest.replace("--advertise-address=10.88.0.11", "--advertise-address=10.88.0.9"),
    );
    expect(await driftOf(sandbox, change, before)).toBe(`--advertise-address is 10.88.0.9 in ${MANIFEST}`);
  });
});

describe("the apiserver's certificate", () => {
  const PKI = "/etc/kubernetes/pki";
  const change: Change = {
    kind: "apiserver-certificate",
    host: "master1",
    clusterConfiguration: "",
    nodeName: "master1",
    criSocket: "",
    sansBefore: [],
    sansAfter: [],
  };
  const pair = (sandbox: Sandbox, days: number): void => {
    sandbox.file(`${PKI}/apiserver.key`, "");
    const script = `openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=kubernetes -days 30
openssl req -newkey rsa:2048 -nodes -keyout apiserver.key -out csr -subj /CN=kube-apiserver
openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -out apiserver.crt -days ${days}`;
    execFileSync("/bin/sh", ["-ec", script], { cwd: sandbox.path(PKI), stdio: "ignore" });
  };

  it("is restored with its key, and no key is in the journal", async () => {
    using sandbox = new Sandbox();
    pair(sandbox, 30);
    const [key, certificate] = ["key", "crt"].map((end) => sandbox.read(`${PKI}/apiserver.${end}`));
    const before = await lookBefore(sandbox, change);
    expect(JSON.stringify(before)).not.toContain("PRIVATE");
    pair(sandbox, 30);
    await takeBack(sandbox, change, before);
    expect(["key", "crt"].map((end) => sandbox.read(`${PKI}/apiserver.${end}`))).toEqual([key, certificate]);
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
  });

  it("that expires soon, or that another CA signed, is reported", async () => {
    using sandbox = new Sandbox();
    pair(sandbox, 30);
    const before = await lookBefore(sandbox, change);
    expect(await driftOf(sandbox, change, before)).toBeUndefined();
    pair(sandbox, 1);
    expect(await driftOf(sandbox, change, before)).toMatch(/not signed by the cluster's CA/);
    const short = await lookBefore(sandbox, change);
    expect(await driftOf(sandbox, change, short)).toMatch(/expires within a day/);
    rmSync(sandbox.path("/var/lib/k8s-ha"), { recursive: true });
    expect(await driftOf(sandbox, change, short)).toMatch(/: its copy \S+\/apiserver\.crt is missing$/);
  });
});

describe("uploaded certificates", () => {
  it("are removed, with only the grants that kubeadm created for them", async () => {
    using sandbox = new Sandbox();
    const change: Change = {
      kind: "upload-certs",
      host: "master1",
      clusterConfiguration: "",
      nodeName: "master1",
      criSocket: "",
    };
    const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
    const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system";
    sandbox.web.api({
      [`${SECRETS}type%3Dbootstrap.kubernetes.io/token`]: { items: [] },
      [`${SECRETS}metadata.name%3Dkubeadm-certs`]: { items: [] },
      [`${RBAC}/roles/kubeadm:kubeadm-certs`]: {},
      [`${RBAC}/rolebindings/kubeadm:kubeadm-certs`]: {},
    });
    await takeBack(sandbox, change, { grants: ["role/kubeadm:kubeadm-certs"] });
    const deleted = sandbox.commands("kubectl").filter((line) => line.includes("delete"));
    expect(deleted).toEqual([expect.stringMatching(/ delete rolebinding\/kubeadm:kubeadm-certs$/)]);
  });
});

describe("images", () => {
  it("are removed if they still exist", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("crictl", 'case "$*" in *inspecti*gone*) exit 1 ;; esac');
    const change: Change = {
      kind: "images",
      host: "master2",
      criSocket: "/run/containerd/containerd.sock",
      images: ["here", "gone"],
    };
    await takeBack(sandbox, change, await lookBefore(sandbox, change));
    const removed = sandbox.calls("crictl").filter((call) => call.includes("rmi"));
    expect(removed.map((call) => call.at(-1))).toEqual(["here"]);
  });
});

describe("what stays", () => {
  it("states why", () => {
    const changes: Change[] = [{ kind: "revoke", host: "master1" }, resetOf("master2", true)];
    for (const change of changes) {
      const { undo } = kindOf(change);
      expect("stays" in undo ? undo.stays(change) : "").toMatch(/not restored/);
    }
  });
});
