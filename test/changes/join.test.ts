import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isPointOfNoReturn, kindOf, type Change } from "../../src/changes/change.js";
import { joinUndo } from "../../src/changes/join-undo.js";
import { apiGetFrom } from "../../src/cluster/api.js";
import type { ConfigMap } from "../../src/cluster/kubernetes.js";
import type { Sandbox } from "../machine/sandbox.js";
import { manifestsOf } from "../config-files/manifests.js";
import { clusterToJoin, TOKEN } from "./cluster-to-join.js";
import { clusterToLeave, done, KUBEADM_CONFIG, MANIFEST } from "./cluster-to-leave.js";
import { stateBefore, make, undoChange } from "./context.js";
import { joinOf, memberless } from "./joining.js";
import { itIsShownAs } from "./shown.js";

const change = joinOf("master2", 2);
const proxied = {
  ...change,
  proxy: { HTTPS_PROXY: "http://[secret]@10.9.0.1:3128", NO_PROXY: "10.88.0.0/16" },
};

/** A cluster whose static pods use a proxy with a password. */
function clusterWithProxy(exceptions: string): Sandbox {
  const sandbox = clusterToJoin();
  sandbox.web.login();
  const ClusterConfiguration = "kubernetesVersion: v1.20.2\n";
  sandbox.web.api({ [KUBEADM_CONFIG]: { metadata: {}, data: { ClusterConfiguration } } });
  for (const [pod, manifest] of Object.entries(manifestsOf("1.20.2"))) {
    const env = `    env:\n    - name: HTTPS_PROXY\n      value: http://me:pa'ss@10.9.0.1:3128\n    - name: NO_PROXY\n      value: ${exceptions}\n`;
    sandbox.file(
      `/etc/kubernetes/manifests/${pod}.yaml`,
      manifest.replace("    image: ", `${env}    image: `),
    );
  }
  sandbox.answer(
    "kubeadm",
    `case "$*" in token*) echo ${TOKEN} ;; join*) env >"$SANDBOX/environment" ;; esac`,
  );
  return sandbox;
}

describe("join", () => {
  itIsShownAs(change, {
    mark: "+",
    describe: "kubeadm join --control-plane as master2 through 10.88.0.100:6443 (token: known when reached)",
    diff: "+ etcd member master2 https://10.88.0.12:2380 (2 members: none may fail)\n+ node master2 10.88.0.12",
    interrupts: {
      what: "etcd, and the API with it, until the second of two members has started",
      seconds: 5,
    },
  });

  it("shows the proxy variables of its kubeadm", () => {
    const kind = kindOf<Change>(proxied);
    expect(kind.describe(proxied)).toContain(
      ", with HTTPS_PROXY, NO_PROXY of the first master's static pods",
    );
    expect(kind.diff?.(proxied)?.split("\n").slice(2)).toEqual([
      "+ environment HTTPS_PROXY=http://[secret]@10.9.0.1:3128",
      "+ environment NO_PROXY=10.88.0.0/16",
    ]);
  });

  it("runs kubeadm with the proxy variables of the first master's static pods; their password is in no script and on no disk afterwards", async () => {
    using sandbox = clusterWithProxy("10.88.0.0/16");
    await make(sandbox, proxied);
    expect(
      sandbox
        .read("/environment")
        .split("\n")
        .filter((line) => /_PROXY=/.test(line))
        .toSorted(),
    ).toEqual(["HTTPS_PROXY=http://me:pa'ss@10.9.0.1:3128", "NO_PROXY=10.88.0.0/16"]);
    expect(sandbox.scripts.join("\n")).not.toContain("pa'");
    expect(() => sandbox.read("/run/k8s-ha/join.env")).toThrow(/ENOENT/);
  });

  it("does not run kubeadm with other proxy variables than planned", async () => {
    using sandbox = clusterWithProxy("10.0.0.0/8");
    await expect(make(sandbox, proxied)).rejects.toThrow("have changed since the plan");
    expect(sandbox.commands("kubeadm")).toEqual([]);
  });

  it("estimates from the size of the database for how long etcd has no quorum", () => {
    const large = { ...change, estimate: { databaseBytes: 512 * 2 ** 20 } };
    expect(kindOf<Change>(large).interrupts?.(large)).toEqual({
      what: "etcd, and the API with it, until the second of two members has started and received the database (512 MiB at 100 Mbit/s)",
      seconds: 48,
    });
    const learner = { ...large, kubernetesVersion: "v1.29.0" };
    expect(kindOf<Change>(learner).interrupts?.(learner)).toMatchObject({ seconds: 0 });
  });

  it("interrupts nothing as a third member", () => {
    expect(kindOf<Change>(change).interrupts?.(joinOf("master2", 3))).toEqual({
      what: "nothing: the existing members have quorum",
      seconds: 0,
    });
  });

  it("of a master that adds no etcd member interrupts nothing, and can be undone without one", () => {
    const adds = memberless(change);
    const kind = kindOf<Change>(adds);
    const before = { saved: [], kubelet: { active: true, enabled: true }, links: [], hadRules: false };
    expect(kind.diff?.(adds)).toBe("+ node master2 10.88.0.12");
    expect(kind.interrupts?.(adds)).toEqual({
      what: "nothing: etcd's members stay unchanged",
      seconds: 0,
    });
    expect(isPointOfNoReturn(adds)).toBe(false);
    expect(isPointOfNoReturn(change)).toBe(true);
    expect(joinUndo.describe(adds, before)).toBe("remove master2 from the cluster, kubeadm reset");
    expect(joinUndo.interrupts?.(adds, before)).toBe("everything that runs on master2");
  });

  it("joins with its own token that is in no script and on no disk afterwards", async () => {
    using sandbox = clusterToJoin();
    await make(sandbox, change);
    const config = sandbox.read("/joined");
    expect(config).toContain(`    token: "${TOKEN}"\n`);
    expect(config).toContain("    apiServerEndpoint: 10.88.0.100:6443\n");
    expect(config).toMatch(/^ {2}certificateKey: "[0-9a-f]{64}"$/m);
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
    const sent = sandbox.scripts.join("\n");
    expect(sent).not.toContain(TOKEN);
    expect(sent).not.toContain(/certificateKey: "(.*)"/.exec(config)?.[1]);
    expect(sandbox.calls("kubeadm").map(([, ...args]) => args.slice(0, 2).join(" "))).toEqual([
      "token create",
      "join --config",
    ]);
  });

  it("uses no uploaded certificates if they were copied", async () => {
    using sandbox = clusterToJoin();
    await make(sandbox, { ...change, certificates: "copied" });
    expect(sandbox.read("/joined")).not.toContain("certificateKey");
  });

  it("adds no member if it has none, and waits only for its apiserver", async () => {
    using sandbox = clusterToJoin(false);
    await make(sandbox, { ...memberless(change), skipPhases: ["control-plane-join/etcd"] });
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm join --config /run/k8s-ha/join.yaml --skip-phases=control-plane-join/etcd",
    );
    expect(sandbox.commands("curl").filter((call) => call.includes("2379"))).toEqual([]);
  });

  it("passes kubeadm a folder with patches, and the checks to ignore", async () => {
    using sandbox = clusterToJoin();
    await make(sandbox, {
      ...change,
      patches: "/etc/kubernetes/patches",
      ignorePreflightErrors: ["Port-6443"],
    });
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm join --config /run/k8s-ha/join.yaml --experimental-patches=/etc/kubernetes/patches",
    );
    expect(sandbox.read("/joined")).toContain("  ignorePreflightErrors:\n  - Port-6443\n");
  });

  it("refuses to join while an etcd member is not healthy", async () => {
    using sandbox = clusterToJoin(false);
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "master1",
      message: "etcd members that are not healthy voters: master1, so no member is added",
    });
    expect(sandbox.calls("kubeadm")).toEqual([]);
  });

  it("reports kubeadm's output when it fails, and removes the token from the host", async () => {
    using sandbox = clusterToJoin();
    sandbox.answer(
      "kubeadm",
      `case "$*" in token*) echo ${TOKEN} ;; join*) echo "port 10250 is in use"; exit 1 ;; esac`,
    );
    await expect(make(sandbox, change)).rejects.toMatchObject({
      host: "master2",
      stderr: "port 10250 is in use\n",
    });
    expect(() => sandbox.read("/run/k8s-ha/join.yaml")).toThrow(/ENOENT/);
  });
});

/** A machine that had one file before it joined. */
async function joined(sandbox: Sandbox): Promise<unknown> {
  sandbox.file("/etc/kubernetes/audit-policy.yaml", "mine\n");
  sandbox.file("/var/lib/mine", "");
  const before = await stateBefore(sandbox, change);
  sandbox.file(MANIFEST, "");
  sandbox.file("/var/lib/etcd/member/wal", "");
  sandbox.file("/etc/cni/net.d/10-flannel.conflist", "");
  return before;
}

describe("a master that leaves", () => {
  it("hands over leadership, leaves etcd, is reset, and is restored to its former state", async () => {
    using sandbox = clusterToLeave();
    const before = await joined(sandbox);
    await undoChange(sandbox, change, before);
    expect(done(sandbox)).toEqual([
      "stop --timeout 10 4f2a",
      "stopp old",
      "move-leader a",
      "member remove b",
      "stop kubelet",
      "delete node --ignore-not-found master2",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=master2 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["audit-policy.yaml"]);
    expect(existsSync(sandbox.path("/var/lib/etcd"))).toBe(false);
    expect(existsSync(sandbox.path("/etc/cni"))).toBe(false);
    const { data } = (await apiGetFrom<ConfigMap>(sandbox.host(), KUBEADM_CONFIG)) ?? {};
    expect(data?.["ClusterStatus"]).toBe("apiEndpoints:\n  master1:\n    bindPort: 6443\n");
  });

  it("keeps its /var/lib/etcd if that is not of this cluster's etcd", async () => {
    using sandbox = clusterToLeave();
    const external = { ...change, etcdDataDir: undefined } as unknown as typeof change;
    sandbox.file("/etc/kubernetes/audit-policy.yaml", "mine\n");
    sandbox.file("/var/lib/etcd/member/wal", "other data");
    const before = await stateBefore(sandbox, external);
    await undoChange(sandbox, external, before);
    const [reset = ""] = sandbox.commands("kubeadm").filter((line) => line.includes("reset"));
    expect(reset).toContain("--skip-phases=remove-etcd-member");
    expect(sandbox.read("/var/lib/etcd/member/wal")).toBe("other data");
  });

  it("is reset by kubeadm with its own etcd otherwise", async () => {
    using sandbox = clusterToLeave();
    await undoChange(sandbox, change, await joined(sandbox));
    const resets = sandbox.commands("kubeadm").filter((line) => line.includes("reset"));
    expect(resets).toHaveLength(1);
    expect(resets[0]).not.toContain("skip-phases");
  });

  it("does not hand over leadership if it is not the leader", async () => {
    using sandbox = clusterToLeave({ leads: 10 });
    await undoChange(sandbox, change, await joined(sandbox));
    expect(done(sandbox)).not.toContain("move-leader a");
  });

  it("that etcd no longer lists is still reset", async () => {
    using sandbox = clusterToLeave();
    const before = await joined(sandbox);
    await undoChange(sandbox, change, before);
    const first = done(sandbox).length;
    await undoChange(sandbox, change, before);
    expect(done(sandbox).slice(first)).toEqual([
      "stop kubelet",
      "delete node --ignore-not-found master2",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=master2 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["audit-policy.yaml"]);
  });

  it("stays unchanged while another member is not healthy", async () => {
    using sandbox = clusterToLeave({ unhealthy: "master1" });
    const before = await joined(sandbox);
    await expect(undoChange(sandbox, change, before)).rejects.toMatchObject({
      host: "master1",
      message: "etcd members that are not healthy voters: master1, so master2 is not removed",
    });
    expect(done(sandbox)).toEqual([]);
    expect(existsSync(sandbox.path(MANIFEST))).toBe(true);
  });

  it("keeps nothing of an external etcd's client certificate, at any path", async () => {
    using sandbox = clusterToLeave();
    const external = {
      ...memberless(change),
      brought: ["/etc/own/etcd/client.key", "/etc/kubernetes/pki/etcd.key"],
    };
    const before = await stateBefore(sandbox, external);
    for (const path of [MANIFEST, ...external.brought]) sandbox.file(path, "");
    await undoChange(sandbox, external, before);
    expect(existsSync(sandbox.path("/etc/own"))).toBe(false);
    expect(existsSync(sandbox.path("/etc/kubernetes"))).toBe(false);
  });

  it("that added no member removes none, and does not change etcd data on its disk", async () => {
    using sandbox = clusterToLeave({ unhealthy: "master1" });
    const brought = memberless(change);
    const before = await stateBefore(sandbox, brought);
    sandbox.file(MANIFEST, "");
    sandbox.file("/var/lib/etcd/member/wal", "");
    await undoChange(sandbox, brought, before);
    expect(done(sandbox)).toEqual([
      "stop kubelet",
      "delete node --ignore-not-found master2",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=master2 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(sandbox.commands("curl").filter((call) => call.includes("2379"))).toEqual([]);
    expect(existsSync(sandbox.path("/var/lib/etcd/member/wal"))).toBe(true);
  });

  it("may be unhealthy itself: the others have quorum without it", async () => {
    using sandbox = clusterToLeave({ unhealthy: "master2", leads: 10 });
    const before = await joined(sandbox);
    await undoChange(sandbox, change, before);
    expect(done(sandbox)).toContain("member remove b");
  });
});
