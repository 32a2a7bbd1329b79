import { describe, expect, it } from "vitest";
import { addOns } from "../../../src/steps/endpoint/add-ons.js";
import type { Pinned } from "../../../src/steps/endpoint/pins.js";
import { Sandbox } from "../../machine/sandbox.js";
import { NOTHING, planOf, recorded } from "../recorded.js";

const OLD = "10.88.0.11:6443";
const CALICO: Pinned = {
  kind: "ConfigMap",
  namespace: "kube-system",
  name: "kubernetes-services-endpoint",
  pins: [{ server: OLD, place: "data KUBERNETES_SERVICE_HOST" }],
};
const told = (state: "fresh" | "migrated", ...objects: Pinned[]) =>
  planOf(addOns, state, (facts) => {
    facts.pinned = objects as typeof facts.pinned;
  });
const warning = (what: string, fix: string) => ({
  changes: [],
  problems: [{ severity: "warning", host: "master1", what, fix: `${fix}: it shall name 10.88.0.100:6443` }],
});

describe("add-ons", () => {
  it.each(["fresh", "migrated"] as const)("says nothing of a cluster without such ones (%s)", (state) => {
    expect(planOf(addOns, state)).toEqual(NOTHING);
  });

  it.each(["fresh", "migrated"] as const)("tells of one that names the former address (%s)", (state) => {
    expect(told(state, CALICO)).toEqual(
      warning(
        `ConfigMap kube-system/kubernetes-services-endpoint asks for the API at ${OLD} (data KUBERNETES_SERVICE_HOST)`,
        "kubectl -n kube-system edit configmap kubernetes-services-endpoint, then kubectl rollout restart what reads it",
      ),
    );
  });

  const env = { server: "master1:6443", place: "container agent, env KUBERNETES_SERVICE_HOST" };
  const cilium: Pinned = { kind: "DaemonSet", namespace: "kube-system", name: "cilium", pins: [env, env] };
  const what = `DaemonSet kube-system/cilium asks for the API at master1:6443 (${env.place})`;
  it.each<[string, Partial<Pinned>, string]>([
    ["a person", {}, "kubectl -n kube-system edit daemonset cilium"],
    [
      "Helm",
      { release: "net" },
      "change it in the values of its Helm release, and helm -n kube-system upgrade net",
    ],
    [
      "an operator",
      { owner: "Installation default", release: "net" },
      "its owner, Installation default, writes it: change it there",
    ],
  ])("says how %s changes it", (_, by, fix) => {
    expect(told("fresh", { ...cilium, ...by })).toEqual(warning(what, fix));
  });

  it("is silent of other servers, and of lists of all masters", () => {
    const place = "data prometheus.yml";
    const pins = [OLD, "10.88.0.12:6443"].map((server) => ({ server, place }));
    expect(
      told("fresh", { ...CALICO, pins }, { ...CALICO, pins: [{ server: "10.88.0.100:6443", place }] }),
    ).toEqual(NOTHING);
  });

  it("looks for the port of a former endpoint too", async () => {
    using sandbox = new Sandbox();
    const { clusterConfiguration, nodeName } = recorded(addOns, "fresh");
    const ClusterConfiguration = `${clusterConfiguration}controlPlaneEndpoint: k8s.example.org:8443\n`;
    const item = { metadata: { namespace: "a", name: "b" }, data: { c: "k8s.example.org:8443" } };
    const empty = { kind: "XList", items: [] };
    sandbox.web.api({
      "/api/v1/nodes": {
        items: [
          {
            metadata: { name: nodeName },
            status: { addresses: [{ type: "InternalIP", address: "10.88.0.11" }] },
          },
        ],
      },
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
        metadata: {},
        data: { ClusterConfiguration },
      },
      "/api/v1/configmaps?resourceVersion=0": { kind: "ConfigMapList", items: [item] },
      "/apis/apps/v1/daemonsets?resourceVersion=0": empty,
      "/apis/apps/v1/deployments?resourceVersion=0": empty,
      "/apis/apps/v1/statefulsets?resourceVersion=0": empty,
    });
    const found = await addOns.probe(sandbox.fleet().look());
    expect(found.pinned).toMatchObject([{ name: "b", pins: [{ server: "k8s.example.org:8443" }] }]);
    const { problems } = planOf(addOns, "fresh", (facts) => Object.assign(facts, found));
    expect(problems).toMatchObject([{ what: expect.stringContaining("k8s.example.org:8443") as string }]);
  });
});
