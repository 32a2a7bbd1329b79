import { describe, expect, it } from "vitest";
import { pinned } from "../../../src/steps/endpoint/pins.js";

const at = (namespace: string, name: string, more: object = {}) => ({
  metadata: { namespace, name, ...more },
});
const workload = (containers: readonly object[], initContainers: readonly object[] = []) => ({
  spec: { template: { spec: { containers, initContainers } } },
});

describe("pins", () => {
  it("are found in a ConfigMap, as a kubeconfig's server and as the variables", () => {
    const data = {
      kubeconfig: "clusters:\n- cluster: {server: 'https://10.88.0.11:6443'}\n  token: SECRET",
      KUBERNETES_SERVICE_HOST: "10.88.0.11",
      KUBERNETES_SERVICE_PORT: "6443",
      other: "10.88.0.11:64430 x10.88.0.11:6443 10.88.0.11:9090",
    };
    const found = pinned({ kind: "ConfigMap", item: { ...at("calico", "services-endpoint"), data } }, [6443]);
    expect(found).toEqual({
      kind: "ConfigMap",
      namespace: "calico",
      name: "services-endpoint",
      pins: [
        { server: "10.88.0.11:6443", place: "data KUBERNETES_SERVICE_HOST" },
        { server: "10.88.0.11:6443", place: "data kubeconfig" },
        { server: "x10.88.0.11:6443", place: "data other" },
      ],
    });
  });

  it("are found in a workload's variables and arguments, with who made it", () => {
    const owner = { kind: "Installation", name: "default", apiVersion: "operator.tigera.io/v1", uid: "1" };
    const annotations = { "meta.helm.sh/release-name": "cni" };
    const item = {
      ...at("kube-system", "cni", { ownerReferences: [owner], annotations }),
      ...workload(
        [
          { name: "router", args: ["--master=https://k8s.example.org:8443"] },
          { name: "from", env: [{ name: "KUBERNETES_SERVICE_HOST", valueFrom: {} }] },
        ],
        [{ name: "init", env: [{ name: "KUBERNETES_SERVICE_HOST", value: "10.88.0.11" }] }],
      ),
    };
    expect(pinned({ kind: "DaemonSet", item }, [6443, 8443])).toEqual({
      kind: "DaemonSet",
      namespace: "kube-system",
      name: "cni",
      owner: "Installation default",
      release: "cni",
      pins: [
        { server: "10.88.0.11:6443", place: "container init, env KUBERNETES_SERVICE_HOST" },
        { server: "k8s.example.org:8443", place: "container router, arguments" },
      ],
    });
  });

  it("are not what the migration itself moves, nor what names no apiserver", () => {
    const data = { x: "https://10.88.0.11:6443" };
    expect(
      pinned({ kind: "ConfigMap", item: { ...at("kube-system", "kube-proxy"), data } }, [6443]),
    ).toBeUndefined();
    expect(pinned({ kind: "ConfigMap", item: at("a", "b") }, [6443])).toBeUndefined();
  });
});
