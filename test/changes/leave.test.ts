import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiGetFrom } from "../../src/cluster/api.js";
import type { ConfigMap } from "../../src/cluster/kubernetes.js";
import { Sandbox } from "../machine/sandbox.js";
import { ETCD_MEMBERS, type ServedMember } from "../machine/web.js";
import { lookBefore, make, takeBack } from "./context.js";
import { joinOf, joinWorkerOf, memberless, resetOf } from "./joining.js";

const change = joinOf("master2", 2);
const KUBEADM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/** What a test says otherwise of the second master's member and of its machine. */
interface Situation {
  readonly second?: Partial<ServedMember>;
  readonly sick?: string;
  readonly leads?: number;
}

/** A cluster of two masters whose second one leads; etcdctl takes members out for real. */
function cluster({ second = {}, sick, leads = 11 }: Situation = {}): Sandbox {
  const sandbox = new Sandbox();
  const member = (name: string, id: number): ServedMember => ({
    ID: String(id),
    name,
    peerURLs: [`https://10.88.0.${id + 1}:2380`],
    clientURLs: [`https://10.88.0.${id + 1}:2379`],
    healthy: name !== sick,
  });
  const members = [member("master1", 10), { ...member("master2", 11), ...second }];
  sandbox.web.etcd(members);
  sandbox.file("/list-without", JSON.stringify({ members: members.slice(0, 1) }));
  sandbox.answer(
    "crictl",
    `case "$*" in
*' ps '*) echo 4f2a ;;
*endpoint*status*) echo '[{"Status":{"leader":${leads}}}]' ;;
*member*remove*) cp "$SANDBOX/list-without" '${sandbox.web.answerTo(ETCD_MEMBERS)}' ;;
*--label*) echo old ;;
esac`,
  );
  sandbox.answer("kubeadm", 'rm -r "$SANDBOX/etc/kubernetes"');
  const status = "apiEndpoints:\n  master1:\n    bindPort: 6443\n  master2:\n    bindPort: 6443\n";
  sandbox.web.api({
    [KUBEADM_CONFIG]: { metadata: {}, data: { ClusterStatus: status } },
    [`${SECRETS}type%3Dbootstrap.kubernetes.io/token`]: { items: [] },
    [`${SECRETS}metadata.name%3Dkubeadm-certs`]: { items: [] },
  });
  const config = sandbox.web.answerTo(`https://10.88.0.11:6443${KUBEADM_CONFIG}`);
  sandbox.answer("kubectl", `case "$*" in *replace*) cat >'${config}' ;; esac`);
  sandbox.runsUnits();
  sandbox.answer(
    "systemctl",
    'case "$*" in is-active*) exit 3 ;; *UnitFileState*) printf "ActiveState=activating\\nUnitFileState=enabled\\n" ;; show*) echo ActiveState=inactive ;; esac',
  );
  return sandbox;
}

/** A machine that had one file of its own before it joined. */
async function joined(sandbox: Sandbox): Promise<unknown> {
  sandbox.file("/etc/kubernetes/audit-policy.yaml", "mine\n");
  sandbox.file("/var/lib/mine", "");
  const before = await lookBefore(sandbox, change);
  sandbox.file(MANIFEST, "");
  sandbox.file("/var/lib/etcd/member/wal", "");
  sandbox.file("/etc/cni/net.d/10-flannel.conflist", "");
  return before;
}

/** What was done to the cluster and to the machine, in order. */
const done = (sandbox: Sandbox): string[] =>
  sandbox
    .commands("crictl", "kubeadm", "kubectl", "systemctl")
    .flatMap(
      (line) =>
        /move-leader \w+|member remove \w+|reset -f|delete (?:node|pods).*|(?:stopp|start|stop(?: --timeout 10)?) \w+/.exec(
          line,
        ) ?? [],
    );

describe("a master that leaves", () => {
  it("hands over leadership, leaves etcd, is reset, and is restored to its former state", async () => {
    using sandbox = cluster();
    const before = await joined(sandbox);
    await takeBack(sandbox, change, before);
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
    using sandbox = cluster();
    const external = { ...change, etcdDataDir: undefined } as unknown as typeof change;
    sandbox.file("/etc/kubernetes/audit-policy.yaml", "mine\n");
    sandbox.file("/var/lib/etcd/member/wal", "somebody's");
    const before = await lookBefore(sandbox, external);
    await takeBack(sandbox, external, before);
    const [reset = ""] = sandbox.commands("kubeadm").filter((line) => line.includes("reset"));
    expect(reset).toContain("--skip-phases=remove-etcd-member");
    expect(sandbox.read("/var/lib/etcd/member/wal")).toBe("somebody's");
  });

  it("is reset by kubeadm with its own etcd otherwise", async () => {
    using sandbox = cluster();
    await takeBack(sandbox, change, await joined(sandbox));
    const resets = sandbox.commands("kubeadm").filter((line) => line.includes("reset"));
    expect(resets).toHaveLength(1);
    expect(resets[0]).not.toContain("skip-phases");
  });

  it("does not hand over leadership that it does not have", async () => {
    using sandbox = cluster({ leads: 10 });
    await takeBack(sandbox, change, await joined(sandbox));
    expect(done(sandbox)).not.toContain("move-leader a");
  });

  it("that etcd no longer lists is reset all the same", async () => {
    using sandbox = cluster();
    const before = await joined(sandbox);
    await takeBack(sandbox, change, before);
    const first = done(sandbox).length;
    await takeBack(sandbox, change, before);
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
    using sandbox = cluster({ sick: "master1" });
    const before = await joined(sandbox);
    await expect(takeBack(sandbox, change, before)).rejects.toMatchObject({
      host: "master1",
      message: "not every other etcd member is a healthy voter: master1; master2 is not removed",
    });
    expect(done(sandbox)).toEqual([]);
    expect(existsSync(sandbox.path(MANIFEST))).toBe(true);
  });

  it("keeps nothing of an external etcd's client certificate, at any path", async () => {
    using sandbox = cluster();
    const external = {
      ...memberless(change),
      brought: ["/etc/own/etcd/client.key", "/etc/kubernetes/pki/etcd.key"],
    };
    const before = await lookBefore(sandbox, external);
    for (const path of [MANIFEST, ...external.brought]) sandbox.file(path, "");
    await takeBack(sandbox, external, before);
    expect(existsSync(sandbox.path("/etc/own"))).toBe(false);
    expect(existsSync(sandbox.path("/etc/kubernetes"))).toBe(false);
  });

  it("that added no member removes none, and does not change etcd data on its disk", async () => {
    using sandbox = cluster({ sick: "master1" });
    const brought = memberless(change);
    const before = await lookBefore(sandbox, brought);
    sandbox.file(MANIFEST, "");
    sandbox.file("/var/lib/etcd/member/wal", "");
    await takeBack(sandbox, brought, before);
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

  it("may be unhealthy itself: without it the others have quorum", async () => {
    using sandbox = cluster({ sick: "master2", leads: 10 });
    const before = await joined(sandbox);
    await takeBack(sandbox, change, before);
    expect(done(sandbox)).toContain("member remove b");
  });
});

describe("a worker that leaves", () => {
  const worker = joinWorkerOf("worker1");

  it("is deleted as a node, reset, and restored to its former state; etcd is not involved", async () => {
    using sandbox = cluster({ sick: "master1" });
    sandbox.file("/var/lib/etcd/member/wal", "somebody's own");
    const before = await lookBefore(sandbox, worker);
    sandbox.file("/etc/kubernetes/kubelet.conf", "");
    await takeBack(sandbox, worker, before);
    expect(done(sandbox)).toEqual([
      "stop kubelet",
      "delete node --ignore-not-found worker1",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=worker1 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(existsSync(sandbox.path("/etc/kubernetes"))).toBe(false);
    expect(existsSync(sandbox.path("/var/lib/etcd/member/wal"))).toBe(true);
  });

  it("partly joined, loses what the join left, and no etcd data", async () => {
    using sandbox = cluster();
    sandbox.file("/etc/kubernetes/bootstrap-kubelet.conf", "");
    sandbox.file("/var/lib/etcd/member/wal", "somebody's own");
    const { address, criSocket } = worker;
    const rest = { address, criSocket, found: [], isMember: false, node: null };
    await make(sandbox, { kind: "reset", host: "worker1", ...rest });
    expect(done(sandbox)).toEqual(["stop kubelet", "reset -f"]);
    expect(existsSync(sandbox.path("/var/lib/etcd/member/wal"))).toBe(true);
  });
});

describe("an incomplete join that is cleaned up", () => {
  const reset = resetOf("master2", true);

  it.each<[string, Partial<ServedMember>, Situation]>([
    ["added and never started", { name: "", clientURLs: [], healthy: false }, { leads: 10 }],
    ["a learner", { isLearner: true }, { leads: 10 }],
    ["a voter that leads", {}, {}],
  ])("leaves etcd first: %s", async (_, second, situation) => {
    using sandbox = cluster({ second, ...situation });
    sandbox.file(MANIFEST, "");
    sandbox.file("/var/lib/etcd/member/wal", "");
    await make(sandbox, reset);
    const order = ["member remove b", "stop kubelet", "delete node --ignore-not-found master2", "reset -f"];
    expect(done(sandbox).filter((what) => order.includes(what))).toEqual(order);
    expect(existsSync(sandbox.path("/var/lib/etcd/member"))).toBe(false);
    const { data } = (await apiGetFrom<ConfigMap>(sandbox.host(), KUBEADM_CONFIG)) ?? {};
    expect(data?.["ClusterStatus"]).not.toContain("master2");
  });

  it("stays unchanged while another member is not healthy", async () => {
    using sandbox = cluster({ second: { name: "", clientURLs: [], healthy: false }, sick: "master1" });
    sandbox.file(MANIFEST, "");
    await expect(make(sandbox, reset)).rejects.toMatchObject({
      message: "not every other etcd member is a healthy voter: master1; master2 is not removed",
    });
    expect(done(sandbox)).toEqual([]);
    expect(existsSync(sandbox.path(MANIFEST))).toBe(true);
  });

  it("is not changed while a kubeadm runs there", async () => {
    using sandbox = cluster();
    sandbox.answer("pgrep", "echo 4711");
    await expect(make(sandbox, reset)).rejects.toMatchObject({ stderr: "kubeadm is still running here\n" });
    expect(done(sandbox)).toEqual([]);
  });

  it("does not check etcd if etcd does not list it", async () => {
    using sandbox = cluster({ sick: "master1" });
    sandbox.file("/etc/kubernetes/kubelet.conf", "");
    await make(sandbox, { ...reset, address: "10.88.0.13", node: null });
    expect(done(sandbox)).toEqual(["stop kubelet", "reset -f"]);
  });

  it("removes files only after kubeadm's reset succeeded", async () => {
    using sandbox = cluster();
    sandbox.file("/etc/kubernetes/admin.conf", "");
    sandbox.file("/etc/kubernetes/pki/ca.crt", "");
    sandbox.file("/var/etcd/member/wal", "");
    sandbox.answer("kubeadm", "exit 1");
    const change = { ...reset, address: "10.88.0.13", etcdDataDir: "/var/etcd" };
    await expect(make(sandbox, change)).rejects.toMatchObject({ host: "master2" });
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["admin.conf", "pki"]);
    sandbox.answer("kubeadm", "");
    await make(sandbox, change);
    expect(sandbox.commands("kubeadm").at(-1)).toBe(
      "kubeadm reset -f --cri-socket /run/containerd/containerd.sock",
    );
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["pki"]);
    expect(readdirSync(sandbox.path("/var/etcd"))).toEqual([]);
  });
});
