import { describe, expect, it } from "vitest";
import { editsOf, pinned, type Pin } from "../../src/cluster/pins.js";

const at = (namespace: string, name: string, more: object = {}) => ({
  metadata: { namespace, name, ...more },
});
const map = (namespace: string, name: string, data: object, more: object = {}) => ({
  kind: "ConfigMap",
  item: { ...at(namespace, name, more), data },
});
const status = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };

describe("pins", () => {
  it("are found in a ConfigMap, as a kubeconfig's server and as the variables, without its other content", () => {
    const found = pinned(
      map("calico", "services-endpoint", {
        kubeconfig: "clusters:\n- cluster: {server: 'https://10.88.0.11:6443'}\n  token: SECRET",
        KUBERNETES_SERVICE_HOST: "10.88.0.11",
        KUBERNETES_SERVICE_PORT: "6443",
        other: "10.88.0.11:64430 x10.88.0.11:6443 10.88.0.11:9090",
      }),
      [6443],
    );
    expect(found).toEqual({
      kind: "ConfigMap",
      namespace: "calico",
      name: "services-endpoint",
      pins: [
        {
          server: "10.88.0.11:6443",
          place: "data KUBERNETES_SERVICE_HOST",
          form: "variable",
          at: ["data", "KUBERNETES_SERVICE_HOST"],
          portAt: ["data", "KUBERNETES_SERVICE_PORT"],
        },
        { server: "10.88.0.11:6443", place: "data kubeconfig", form: "url", at: ["data", "kubeconfig"] },
        { server: "x10.88.0.11:6443", place: "data other", form: "text", at: ["data", "other"] },
      ],
    });
  });

  it("are found with IPv6 addresses, in brackets and as a variable without them", () => {
    const found = pinned(
      map("calico", "services-endpoint", {
        kubeconfig: "clusters:\n- cluster: {server: 'https://[fd00:88::11]:6443'}\n  token: SECRET",
        KUBERNETES_SERVICE_HOST: "fd00:88::11",
        KUBERNETES_SERVICE_PORT: "6443",
        other: "[fd00:88::11]:64430 [fd00:88::12]:6443",
      }),
      [6443],
    );
    expect(found?.pins.map(({ form, server }) => `${form} ${server}`)).toEqual([
      "variable [fd00:88::11]:6443",
      "url [fd00:88::11]:6443",
      "text [fd00:88::12]:6443",
    ]);
    const to = { address: "fd00:88::100", port: 8443, url: "https://[fd00:88::100]:8443" };
    expect(found?.pins.map((pin) => editsOf(pin, to))).toEqual([
      [
        { at: ["data", "KUBERNETES_SERVICE_HOST"], from: "fd00:88::11", to: "fd00:88::100" },
        { at: ["data", "KUBERNETES_SERVICE_PORT"], from: "6443", to: "8443" },
      ],
      [{ at: ["data", "kubeconfig"], from: "https://[fd00:88::11]:6443", to: to.url }],
      undefined,
    ]);
  });

  it("are found in a workload's variables and arguments, with its owner", () => {
    const owner = { kind: "Installation", name: "default", apiVersion: "operator.tigera.io/v1", uid: "1" };
    const annotations = { "meta.helm.sh/release-name": "net" };
    const item = {
      metadata: {
        ...at("kube-system", "cni", { ownerReferences: [owner], annotations }).metadata,
        generation: 1,
      },
      spec: {
        updateStrategy: { type: "OnDelete" },
        template: {
          metadata: { annotations: { "k8s-ha/endpoint": "10.88.0.100:6443" } },
          spec: {
            containers: [
              { name: "router", args: ["-v", "--master=https://k8s.example.org:8443"] },
              { name: "from", env: [{ name: "KUBERNETES_SERVICE_HOST", valueFrom: {} }] },
            ],
            initContainers: [
              { name: "init", env: [{ name: "KUBERNETES_SERVICE_HOST", value: "10.88.0.11" }] },
            ],
          },
        },
      },
      status: { observedGeneration: 1, ...status },
    };
    const own = ["spec", "template", "spec"];
    expect(pinned({ kind: "DaemonSet", item }, [6443, 8443])).toEqual({
      kind: "DaemonSet",
      namespace: "kube-system",
      name: "cni",
      owner: "Installation default",
      release: "net",
      isByHand: true,
      rollout: { wanted: 2, rolled: 2 },
      endpoint: "10.88.0.100:6443",
      pins: [
        {
          server: "10.88.0.11:6443",
          place: "container init, env KUBERNETES_SERVICE_HOST",
          form: "variable",
          at: [...own, "initContainers", 0, "env", 0, "value"],
        },
        {
          server: "k8s.example.org:8443",
          place: "container router, arguments",
          form: "url",
          at: [...own, "containers", 0, "args", 1],
        },
      ],
    });
  });

  it("exclude what other steps change, and what names no apiserver", () => {
    const data = { x: "https://10.88.0.11:6443" };
    expect(pinned(map("kube-system", "kube-proxy", data), [6443])).toBeUndefined();
    expect(pinned(map("a", "b", {}), [6443])).toBeUndefined();
    expect(pinned(map("a", "b", {}, { annotations: { "k8s-ha/endpoint": "e" } }), [6443])).toMatchObject({
      endpoint: "e",
      pins: [],
    });
  });
});

describe("the edits that point a pin to the endpoint", () => {
  const to = { address: "10.88.0.100", port: 8443, url: "https://10.88.0.100:8443" };
  const pin: Pin = { server: "10.88.0.11:6443", place: "", form: "url", at: ["a"] };
  const host = { at: ["a"], from: "10.88.0.11", to: "10.88.0.100" };

  it.each<[string, Pin, number, unknown]>([
    ["the URL", pin, 8443, [{ at: ["a"], from: "https://10.88.0.11:6443", to: to.url }]],
    [
      "both variables",
      { ...pin, form: "variable", portAt: ["p"] },
      8443,
      [host, { at: ["p"], from: "6443", to: "8443" }],
    ],
    ["only the address if the port stays", { ...pin, form: "variable", portAt: ["p"] }, 6443, [host]],
    ["nothing if there is no port", { ...pin, form: "variable" }, 6443, undefined],
    ["nothing in free text", { ...pin, form: "text" }, 8443, undefined],
  ])("is %s", (_, found, port, edits) => {
    expect(editsOf(found, { ...to, port })).toEqual(edits);
  });
});
