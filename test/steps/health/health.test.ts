import { describe, expect, it } from "vitest";
import { addOnChecks } from "../../../src/steps/health/add-ons.js";
import { alarmChecks } from "../../../src/steps/health/alarms.js";
import { credentialChecks } from "../../../src/steps/health/credentials.js";
import { nodeFileChecks } from "../../../src/steps/health/node-files.js";
import { podChecks } from "../../../src/steps/health/pods.js";
import { peerChecks, reachabilityChecks } from "../../../src/steps/health/reachability.js";
import type { Check } from "../../../src/steps/step.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";

const failed = (checks: readonly Check[]): string[] =>
  checks.filter(({ ok }) => !ok).map(({ host, what, actual }) => `${host} ${what}: ${actual}`);
const DNS = "/api/v1/namespaces/kube-system/endpoints/kube-dns";
const APPS = "/apis/apps/v1/namespaces/kube-system";

describe("the add-ons", () => {
  const found = async (deployments: readonly object[], daemonSets: readonly object[], addresses: number) => {
    using sandbox = new Sandbox();
    sandbox.web.api({
      [`${APPS}/deployments`]: { items: deployments },
      [`${APPS}/daemonsets`]: { items: daemonSets },
      [DNS]: { subsets: addresses === 0 ? [] : [{ addresses: [{ ip: "10.244.0.2" }] }] },
    });
    return failed(await addOnChecks(sandbox.fleet().look()));
  };
  const coredns = (replicas: number, readyReplicas?: number) => ({
    metadata: { name: "coredns" },
    spec: { replicas },
    status: { ...(readyReplicas !== undefined && { readyReplicas }) },
  });
  const proxy = (desiredNumberScheduled: number, numberReady: number) => ({
    metadata: { name: "kube-proxy" },
    spec: {},
    status: { desiredNumberScheduled, numberReady },
  });

  it("are good if every pod is ready", async () => {
    expect(await found([coredns(2, 2)], [proxy(4, 4)], 1)).toEqual([]);
    // A cluster without CoreDNS has no Service for it.
    expect(await found([], [proxy(4, 4)], 0)).toEqual([]);
  });

  it("need no pod on a lost host, or on a node that was not Ready before", async () => {
    using sandbox = new Sandbox();
    const address = [{ type: "InternalIP", address: sandbox.inventory.workers[0]?.address }];
    const pod = (kind: string, name: string) => ({
      metadata: { namespace: "kube-system", name: "x", ownerReferences: [{ kind, name }] },
      status: {},
    });
    sandbox.web.api({
      [`${APPS}/deployments`]: { items: [coredns(2, 1)] },
      [`${APPS}/daemonsets`]: { items: [proxy(4, 3)] },
      [DNS]: { subsets: [{ addresses: [{ ip: "10.244.0.2" }] }] },
      "/api/v1/nodes": { items: [{ metadata: { name: "node9" }, status: { addresses: address } }] },
      "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode9": {
        items: [pod("DaemonSet", "kube-proxy"), pod("ReplicaSet", "coredns-5d8f")],
      },
    });
    const before = { readyReplicas: {}, notReadyNodes: ["node9"] };
    expect(failed(await addOnChecks(sandbox.fleet().look()))).toHaveLength(2);
    expect(failed(await addOnChecks(sandbox.fleet().without(["worker1"]).look()))).toEqual([]);
    expect(failed(await addOnChecks(sandbox.fleet().look(), before))).toEqual([]);
  });

  it.each([
    [[coredns(2, 1)], [], 1, "Deployment kube-system/coredns: 1 of 2 ready"],
    [[coredns(2)], [], 1, "Deployment kube-system/coredns: 0 of 2 ready"],
    [[coredns(0)], [], 1, "Deployment kube-system/coredns: 0 of 1 ready"],
    [[], [proxy(4, 3)], 1, "DaemonSet kube-system/kube-proxy: 3 of 4 ready"],
    [[coredns(2, 2)], [], 0, "Service kube-system/kube-dns: no ready address"],
  ])("are not with %j, %j and %i addresses", async (deployments, daemonSets, addresses, what) => {
    expect(await found(deployments, daemonSets, addresses)).toEqual([`master1 ${what}`]);
  });
});

it("every component of every master needs a Ready pod", async () => {
  using sandbox = new Sandbox(labInventory());
  const pod = (name: string, node: string, status: string) => ({
    metadata: { name: `${name}-${node}` },
    spec: { nodeName: node },
    status: { conditions: [{ type: "Ready", status }] },
  });
  const all = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  sandbox.web.api({
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
      metadata: {},
      data: {
        ClusterConfiguration: "kubernetesVersion: v1.37.2\netcd:\n  local:\n    dataDir: /var/lib/etcd\n",
      },
    },
    "/api/v1/nodes": {
      items: [1, 2].map((n) => ({
        metadata: { name: `node${n}` },
        status: { addresses: [{ type: "InternalIP", address: `10.88.0.1${n}` }] },
      })),
    },
    "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane": {
      items: [
        ...all.map((name) => pod(name, "node1", "True")),
        ...all.slice(0, 3).map((name) => pod(name, "node2", name === "etcd" ? "False" : "True")),
      ],
    },
  });
  const look = sandbox.fleet().look();
  const what = "control-plane pods";
  expect(failed(await podChecks(look, look.hosts("controlPlane")))).toEqual([
    `master2 ${what}: etcd-node2 not Ready, no pod kube-scheduler-node2`,
    `master3 ${what}: no node`,
  ]);
});

it("etcd must have no alarm", async () => {
  using sandbox = new Sandbox();
  sandbox.answer(
    "curl",
    `case "$*" in
*alarm*) echo '{"header":{},"alarms":[{"memberID":"7","alarm":"NOSPACE"}]}' ;;
*) echo '{"members":[{"ID":"7","name":"master2"}]}' ;;
esac`,
  );
  expect(failed(await alarmChecks(sandbox.fleet().look()))).toEqual([
    "master1 etcd alarms: NOSPACE (member master2)",
  ]);
});

it("the load balancers and the workers must reach every apiserver", async () => {
  using sandbox = new Sandbox(labInventory({ cluster: { advertise: "node" } }));
  sandbox.answer("curl", `case "$*" in *10.88.0.12*) printf '000\\n' ; exit 7 ;; *) printf '200\\n' ;; esac`);
  const look = sandbox.fleet().look();
  const what = "kube-apiservers at their own addresses: master2: no answer";
  const hosts = [...look.hosts("loadBalancers"), ...look.hosts("workers")];
  expect(failed(await reachabilityChecks(look, look.hosts("controlPlane")))).toEqual(
    hosts.map(({ name }) => `${name} ${what}`),
  );
});

it("the credentials of every kubeconfig must be accepted", async () => {
  using sandbox = new Sandbox();
  // Without an answer to the kubelet's request for its node.
  sandbox.web.api({ "/api/v1/nodes": { items: [] }, "/api/v1/nodes?limit=1": { items: [] } });
  const look = sandbox.fleet().look();
  const checks = await credentialChecks(look, look.hosts("controlPlane").slice(0, 1));
  expect(checks.map(({ host, ok }) => [host, ok])).toEqual([["master1", false]]);
  expect(checks[0]?.actual).toContain("kubelet.conf: 404");
  expect(checks[0]?.actual).not.toContain("admin.conf");
});

it("every master must reach each kubelet, and each other etcd member", async () => {
  using sandbox = new Sandbox(labInventory());
  sandbox.answer(
    "curl",
    `for url; do :; done; case "$*" in
*member/list*) echo '{"members":[{"ID":"1","name":"a","peerURLs":["https://10.88.0.11:2380"]},{"ID":"2","name":"b","peerURLs":["https://10.88.0.12:2380"]}]}' ;;
*10.88.0.12:2380*) exit 28 ;;
*10.88.0.21:10250*) exit 7 ;;
*:2380*) exit 56 ;;
esac`,
  );
  const look = sandbox.fleet().look();
  const masters = look.hosts("controlPlane");
  expect(failed(await peerChecks(look, masters))).toEqual([
    "master1 kubelets and etcd peers: not worker1:10250, master2:2380",
    "master2 kubelets and etcd peers: not worker1:10250",
    "master3 kubelets and etcd peers: not worker1:10250, master2:2380",
  ]);
});

it("a node must come back after a reboot, with valid certificates on masters", async () => {
  using sandbox = new Sandbox(labInventory());
  sandbox.file("/etc/kubernetes/pki/ca.crt", "");
  sandbox.answer("systemctl", "echo masked");
  const look = sandbox.fleet().look();
  const checks = failed(await nodeFileChecks(look, look.hosts("controlPlane")));
  expect(checks).toContain(
    "master3 certificates that kubeadm issued: apiserver.crt: missing, apiserver-kubelet-client.crt: missing",
  );
  expect(checks).toContain("worker1 its kubelet after a reboot: kubelet is not started at boot");
  expect(checks).toHaveLength(7);
});
