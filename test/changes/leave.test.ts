import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { apiGetFrom } from "../../src/machine/api.js";
import type { ConfigMap } from "../../src/machine/kubernetes.js";
import { Sandbox } from "../machine/sandbox.js";
import { ETCD_MEMBERS } from "../machine/web.js";
import { lookBefore, takeBack } from "./context.js";

const change: Change = {
  kind: "join",
  host: "master2",
  kubernetesVersion: "v1.20.2",
  endpoint: "10.88.0.100:6443",
  caCertHash: `sha256:${"0".repeat(64)}`,
  nodeName: "master2",
  address: "10.88.0.12",
  criSocket: "/run/containerd/containerd.sock",
  etcdDataDir: "/var/lib/etcd",
  certificates: "uploaded",
  members: 2,
};
const KUBEADM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
const SECRETS = "/api/v1/namespaces/kube-system/secrets?fieldSelector=";
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

/** A cluster of two masters whose second one leads; etcdctl takes members out for real. */
function cluster(options: { sick?: string; leads?: number } = {}): Sandbox {
  const sandbox = new Sandbox();
  const addresses = ["10.88.0.11", "10.88.0.12"];
  const members = addresses.map((address, i) => ({
    ID: String(i + 10),
    name: `master${i + 1}`,
    peerURLs: [`https://${address}:2380`],
    clientURLs: [`https://${address}:2379`],
    healthy: `master${i + 1}` !== options.sick,
  }));
  sandbox.web.etcd(members);
  sandbox.file("/list-without", JSON.stringify({ members: members.slice(0, 1) }));
  sandbox.answer(
    "crictl",
    `case "$*" in
*' ps '*) echo 4f2a ;;
*endpoint*status*) echo '[{"Status":{"leader":${options.leads ?? 11}}}]' ;;
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
  sandbox.answer("systemd-run", 'while [ "$1" != /bin/sh ]; do shift; done; "$@"; exit 0');
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

const done = (sandbox: Sandbox): string[] =>
  sandbox
    .calls("crictl", "kubeadm", "kubectl", "systemctl")
    .map((call) => call.join(" "))
    .flatMap(
      (line) =>
        /move-leader \w+|member remove \w+|reset -f|delete (?:node|pods).*|(?:stopp|start) \w+/.exec(line) ??
        [],
    );

describe("a master that leaves", () => {
  it("hands leadership over, leaves etcd, is reset, and is the machine that it was", async () => {
    using sandbox = cluster();
    const before = await joined(sandbox);
    await takeBack(sandbox, change, before);
    expect(done(sandbox)).toEqual([
      "stopp old",
      "move-leader a",
      "member remove b",
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

  it("is not asked to hand over what it does not have", async () => {
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
      "delete node --ignore-not-found master2",
      "reset -f",
      "delete pods -A --field-selector spec.nodeName=master2 --force --grace-period=0",
      "start kubelet",
    ]);
    expect(readdirSync(sandbox.path("/etc/kubernetes"))).toEqual(["audit-policy.yaml"]);
  });

  it("stays, with all it has, while another member is not healthy", async () => {
    using sandbox = cluster({ sick: "master1" });
    const before = await joined(sandbox);
    await expect(takeBack(sandbox, change, before)).rejects.toMatchObject({
      host: "master1",
      message: "not every other etcd member is a healthy voter: master1; master2 is not taken out",
    });
    expect(done(sandbox)).toEqual([]);
    expect(existsSync(sandbox.path(MANIFEST))).toBe(true);
  });

  it("may be sick itself: without it the others have their quorum", async () => {
    using sandbox = cluster({ sick: "master2", leads: 10 });
    const before = await joined(sandbox);
    await takeBack(sandbox, change, before);
    expect(done(sandbox)).toContain("member remove b");
  });
});
