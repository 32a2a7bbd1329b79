import { describe, expect, it } from "vitest";
import { externalAddresses, namesAddress, rangesOf } from "../../src/cluster/address-references.js";
import { labInventory } from "../steps/inventory.js";

const FIRST = "10.88.0.11";
const metadata = { namespace: "shop", name: "it" };
const names = (kind: string, item: object): boolean =>
  namesAddress({ kind, item: { metadata, ...item } }, FIRST, labInventory());
const withArgs = (...args: string[]) => ({
  spec: { template: { spec: { containers: [{ name: "a", args }] } } },
});
const policy = (spec: object) => rangesOf({ kind: "NetworkPolicy", item: { metadata, spec } });
const block = (cidr: string) => ({ ipBlock: { cidr } });

describe("an object names an address", () => {
  it.each([
    ["a port of its own", "ConfigMap", { data: { targets: "10.88.0.11:9100" } }, true],
    ["the address alone", "ConfigMap", { data: { hosts: "10.88.0.11 api.example.org" } }, true],
    ["a longer address", "ConfigMap", { data: { hosts: "10.88.0.110 110.88.0.11" } }, false],
    ["the end of a sentence", "ConfigMap", { data: { text: "It is 10.88.0.11." } }, true],
    [
      "the API, which step add-ons reports",
      "ConfigMap",
      { data: { server: "https://10.88.0.11:6443" } },
      false,
    ],
    ["etcd", "DaemonSet", withArgs("--endpoints=https://10.88.0.11:2379"), true],
    [
      "an alias of a host",
      "Deployment",
      { spec: { template: { spec: { hostAliases: [{ ip: FIRST }] } } } },
      true,
    ],
    [
      "the variable, which step add-ons reports",
      "DaemonSet",
      { spec: { env: [{ name: "KUBERNETES_SERVICE_HOST", value: FIRST }] } },
      false,
    ],
    ["only a status", "Deployment", { status: { note: FIRST } }, false],
    [
      "an external address",
      "Service",
      { spec: { externalIPs: [FIRST] }, status: { loadBalancer: {} } },
      true,
    ],
    [
      "a webhook's URL, also on the API's port",
      "ValidatingWebhookConfiguration",
      { webhooks: [{ clientConfig: { url: "https://10.88.0.11:6443/check" } }] },
      true,
    ],
    ["the address of an EndpointSlice", "EndpointSlice", { endpoints: [{ addresses: [FIRST] }] }, true],
    [
      "one address of several machines",
      "EndpointSlice",
      { endpoints: [{ addresses: [FIRST] }, { addresses: ["10.88.0.31"] }] },
      false,
    ],
    [
      "a pod that runs on it",
      "EndpointSlice",
      {
        metadata: {
          ...metadata,
          labels: { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" },
        },
        endpoints: [{ addresses: [FIRST] }],
      },
      false,
    ],
    ["no endpoints", "EndpointSlice", { endpoints: null }, false],
    ["a NetworkPolicy, which is compared by its ranges", "NetworkPolicy", { spec: { cidr: FIRST } }, false],
  ])("%s: %s", (_, kind, item, isNamed) => {
    expect(names(kind, item)).toBe(isNamed);
  });

  it("not, if it is a ConfigMap that other steps change", () => {
    const item = { metadata: { namespace: "kube-system", name: "kubeadm-config" }, data: { a: FIRST } };
    expect(namesAddress({ kind: "ConfigMap", item }, FIRST, labInventory())).toBe(false);
  });
});

describe("the ranges of a NetworkPolicy", () => {
  it("are those of each direction", () => {
    expect(
      policy({
        ingress: [{ from: [block("10.0.0.0/8"), { podSelector: {} }] }],
        egress: [{ to: [block("10.88.0.11/32")] }, { to: [block("10.88.0.12/32")], ports: [] }],
      }),
    ).toEqual([
      { policy: "shop/it", direction: "ingress", blocks: [{ cidr: "10.0.0.0/8", except: [] }] },
      {
        policy: "shop/it",
        direction: "egress",
        blocks: [
          { cidr: "10.88.0.11/32", except: [] },
          { cidr: "10.88.0.12/32", except: [] },
        ],
      },
    ]);
  });

  it.each([
    ["no rule", {}],
    ["a rule for all addresses beside", { egress: [{ to: [block("10.88.0.11/32")] }, {}] }],
    ["only pods", { egress: [{ to: [{ podSelector: {} }] }] }],
  ])("are none with %s", (_, spec) => {
    expect(policy(spec)).toEqual([]);
  });
});

describe("the external addresses of a Service", () => {
  it("are those given by users and by a load balancer", () => {
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.2" }, { hostname: "a.example.org" }] } };
    expect(externalAddresses({ spec: { externalIPs: ["10.0.0.1"] }, status })).toEqual([
      "10.0.0.1",
      "10.0.0.2",
    ]);
    expect(externalAddresses({ spec: {} })).toEqual([]);
  });
});
