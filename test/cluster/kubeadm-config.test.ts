import { describe, expect, it } from "vitest";
import { desiredSans, formerServers, type KubeadmFacts } from "../../src/cluster/kubeadm-config.js";
import { kubeadmConfig } from "../../src/steps/endpoint/kubeadm-config.js";
import { labInventory } from "../steps/inventory.js";
import type { FactsState } from "../recorded/facts-file.js";
import { recorded } from "../steps/recorded.js";

const MASTER1 = ["https://10.88.0.11:6443", "https://master1:6443"];

/** A cluster that was created with its own endpoint. */
const withEndpoint: KubeadmFacts = {
  ...recorded(kubeadmConfig, "fresh"),
  clusterConfiguration:
    "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.20.2\ncontrolPlaneEndpoint: k8s.example.com:8443\n",
  liveSans: ["kubernetes", "10.96.0.1", "m1.example.com", "k8s.example.com", "10.88.0.12"],
};

/** The same cluster when the certificate and kubeadm-config are written: different facts, the same configuration. */
function halfWay(facts: KubeadmFacts): KubeadmFacts {
  const [change] = kubeadmConfig.plan(facts, labInventory()).changes;
  if (change?.kind !== "config-map") throw new Error("no ConfigMap is written");
  return {
    ...facts,
    clusterConfiguration: change.data["ClusterConfiguration"]?.after ?? "",
    replacedEndpoint: change.annotations?.["k8s-ha/replaced-endpoint"] ?? "",
    liveSans: desiredSans(facts, labInventory()).toReversed(),
  };
}

describe("halfway through a migration", () => {
  it("the former servers are unchanged, including another port", () => {
    const before = formerServers(labInventory(), withEndpoint);
    expect(before).toContain("https://k8s.example.com:8443");
    expect(formerServers(labInventory(), halfWay(withEndpoint)).toSorted()).toEqual(before.toSorted());
  });

  it("the desired SANs keep their order", () => {
    const before = desiredSans(withEndpoint, labInventory());
    expect(desiredSans(halfWay(withEndpoint), labInventory())).toEqual(before);
  });
});

describe("formerServers", () => {
  it.each<FactsState>(["fresh", "endpoint"])("are the first master's own (%s)", (state) => {
    expect(formerServers(labInventory(), recorded(kubeadmConfig, state))).toEqual(MASTER1);
  });

  it("include the former endpoint and all other SANs of the certificate", () => {
    const facts: KubeadmFacts = {
      ...recorded(kubeadmConfig, "fresh"),
      clusterConfiguration: "kubernetesVersion: v1.20.2\ncontrolPlaneEndpoint: k8s.example.com:8443\n",
      liveSans: [
        "kubernetes",
        "10.96.0.1",
        "m1.example.com",
        "k8s.example.com",
        "api.example.com",
        "10.88.0.12",
      ],
    };
    expect(formerServers(labInventory({ cluster: { certSANs: ["api.example.com"] } }), facts)).toEqual([
      ...MASTER1,
      "https://m1.example.com:6443",
      "https://k8s.example.com:6443",
      "https://k8s.example.com:8443",
    ]);
  });
});
