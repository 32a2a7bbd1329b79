import { expect, it } from "vitest";
import { join } from "../../../src/steps/control-plane/join.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { recorded } from "../recorded.js";

const node = (name: string, address: string) => ({
  metadata: { name },
  status: { addresses: [{ type: "InternalIP", address }] },
});
const pod = (name: string, runs: boolean) => ({
  metadata: { name },
  spec: { nodeName: name.split("-").at(-1) },
  status: {
    // A master that the kubelet has yet to start has neither.
    ...(runs && {
      containerStatuses: [{ ready: true, state: { running: { startedAt: "2026-11-27T00:00:00Z" } } }],
    }),
  },
});

it("is not verified while a control-plane pod is not running, or a master has none", async () => {
  using sandbox = new Sandbox(labInventory());
  const { clusterConfiguration } = recorded(join, "endpoint");
  sandbox.web.etcd([]);
  sandbox.web.api({
    "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
      metadata: {},
      data: { ClusterConfiguration: clusterConfiguration },
    },
    "/api/v1/nodes": {
      items: [node("master1", "10.88.0.11"), node("master2", "10.88.0.12"), node("master3", "10.88.0.13")],
    },
    "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane": {
      items: [
        pod("kube-apiserver-master1", true),
        pod("kube-scheduler-master1", true),
        pod("kube-apiserver-master2", true),
        pod("kube-scheduler-master2", false),
      ],
    },
  });
  const checks = (await join.verify?.(sandbox.fleet().look())) ?? [];
  const ofPods = checks.filter(({ what }) => what === "control-plane pods");
  expect(ofPods.map(({ host, expected, actual }) => [host, expected === actual, actual])).toEqual([
    ["master1", true, "running"],
    ["master2", false, "not running: kube-scheduler-master2"],
    ["master3", false, "none"],
  ]);
});
