import { describe, expect, it } from "vitest";
import { formerServers, type KubeadmFacts } from "../../src/steps/cluster.js";
import { kubeadmConfig } from "../../src/steps/endpoint/kubeadm-config.js";
import { labInventory } from "./inventory.js";
import { recorded, type State } from "./recorded.js";

const MASTER1 = ["https://10.88.0.11:6443", "https://master1:6443"];

describe("formerServers", () => {
  it.each<State>(["fresh", "migrated"])("are the first master's own (%s)", (state) => {
    expect(formerServers(labInventory(), recorded(kubeadmConfig, state))).toEqual(MASTER1);
  });

  it("include the endpoint that the cluster had, and every other name of the certificate", () => {
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
