import { expect, it } from "vitest";
import { join } from "../../../src/steps/control-plane/join.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { recorded } from "../recorded.js";

const node = (name: string, address: string) => ({
  metadata: { name },
  status: { addresses: [{ type: "InternalIP", address }] },
});
it("is not verified while a component of a master does not run, or has no manifest", async () => {
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
  });
  const checks = (await join.verify?.(sandbox.fleet().look())) ?? [];
  const ofScheduler = checks.filter(({ what }) => what === "kube-scheduler");
  expect(ofScheduler.map(({ host, ok, actual }) => [host, ok, actual])).toEqual([
    ["master1", false, "no manifest kube-scheduler.yaml"],
    ["master2", false, "no manifest kube-scheduler.yaml"],
    ["master3", false, "no manifest kube-scheduler.yaml"],
  ]);
  const components = checks.filter(({ host, what }) => host === "master2" && /^(kube-|etcd$)/.test(what));
  expect(components.map(({ what }) => what)).toEqual([
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
  ]);
});
