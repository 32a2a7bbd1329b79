import { expect, it } from "vitest";
import { remainingCluster } from "../../src/migration/remaining-cluster.js";
import { joinOf } from "../changes/joining.js";
import type { Baseline } from "../../src/engine/baseline.js";
import { Sandbox } from "../machine/sandbox.js";

const ready = { conditions: [{ type: "Ready", status: "True" }] };
const member = (name: string, address: string) => ({
  ID: address.replaceAll(".", ""),
  name,
  peerURLs: [`https://${address}:2380`],
  clientURLs: [`https://${address}:2379`],
  healthy: true,
});

const leases = Object.fromEntries(
  ["kube-controller-manager", "kube-scheduler"].map((name) => [
    `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`,
    { spec: { holderIdentity: "master1_x", renewTime: new Date().toISOString() } },
  ]),
);

it("the cluster after a rollback has no node and no etcd member of the joins that were undone", async () => {
  const failed = async (names: readonly string[]) => {
    using sandbox = new Sandbox();
    // The served certificate and the file have the same fingerprint.
    sandbox.answer("openssl", "echo 'sha256 Fingerprint=AB:CD'");
    const hosts = sandbox.inventory.controlPlane.filter(({ name }) => names.includes(name));
    sandbox.web.api({
      "/readyz": "ok",
      ...leases,
      "/api/v1/nodes": { items: hosts.map(({ name }) => ({ metadata: { name }, status: ready })) },
    });
    sandbox.web.etcd(hosts.map(({ name, address }) => member(name, address)));
    const checks = (await remainingCluster([joinOf("master2", 1)]).verify?.(sandbox.fleet().look())) ?? [];
    return checks.filter(({ ok }) => !ok).map(({ what, actual }) => `${what}: ${actual}`);
  };
  expect(await failed(["master1"])).toEqual([]);
  expect(await failed(["master1", "master2"])).toEqual([
    "leftovers of master2 in the cluster: etcd member, node",
  ]);
});

it("a node need not be Ready if its host is lost, or if it was not Ready before", async () => {
  using sandbox = new Sandbox();
  sandbox.answer("openssl", "echo 'sha256 Fingerprint=AB:CD'");
  const { name, address } = { name: "node9", address: sandbox.inventory.workers[0]?.address };
  const node = { metadata: { name }, status: { addresses: [{ type: "InternalIP", address }] } };
  sandbox.web.api({ "/readyz": "ok", ...leases, "/api/v1/nodes": { items: [node] } });
  sandbox.web.etcd([member("master1", "10.88.0.11")]);
  const notReady = async (lost: readonly string[], before?: Baseline) => {
    const checks = await remainingCluster([], before).verify?.(sandbox.fleet().without(lost).look());
    return checks?.find(({ what }) => what === "nodes that are not Ready")?.actual;
  };
  const before = { revision: 1, objects: {}, readyPods: {}, readyReplicas: {}, notReadyNodes: ["node9"] };
  expect(await notReady([])).toBe("node9");
  expect(await notReady(["worker1"])).toBe("none");
  expect(await notReady([], before)).toBe("none");
});
