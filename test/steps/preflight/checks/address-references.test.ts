import { describe, expect, it } from "vitest";
import { addressReferences } from "../../../../src/steps/preflight/checks/address-references.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const NONE = { allowed: [], named: [], vipServices: [] };
const problems = (facts: object, clusterKeys: object = {}) =>
  addressReferences.problems({ ...NONE, ...facts }, labInventory({}, clusterKeys));
const egress = (...ranges: (string | { cidr: string; except: string[] })[]) => ({
  allowed: [
    {
      policy: "shop/api",
      direction: "egress",
      blocks: ranges.map((range) => (typeof range === "string" ? { cidr: range, except: [] } : range)),
    },
  ],
});
const whatOf = (facts: object, clusterKeys: object = {}) =>
  problems(facts, clusterKeys).map(({ severity, what }) => `${severity}: ${what}`);

const LISTS = [
  ["/apis/networking.k8s.io/v1/networkpolicies", "NetworkPolicy"],
  ["/api/v1/services", "Service"],
  ["/api/v1/configmaps", "ConfigMap"],
  ["/apis/apps/v1/daemonsets", "DaemonSet"],
  ["/apis/apps/v1/deployments", "Deployment"],
  ["/apis/apps/v1/statefulsets", "StatefulSet"],
  ["/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", "MutatingWebhookConfiguration"],
  ["/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", "ValidatingWebhookConfiguration"],
  ["/apis/discovery.k8s.io/v1/endpointslices", "EndpointSlice"],
] as const;

/** Serves the lists with these items by kind; those that a version does not have are missing. */
function serves(sandbox: Sandbox, version: string, items: Readonly<Record<string, object[]>>): void {
  servesFreshCluster(sandbox, version);
  const lists = version === "v1.20.2" ? LISTS.slice(0, -1) : LISTS;
  sandbox.web.api(
    Object.fromEntries(
      lists.map(([path, kind]) => [
        `${path}?resourceVersion=0`,
        { kind: `${kind}List`, apiVersion: "v1", metadata: {}, items: items[kind] ?? [] },
      ]),
    ),
  );
}

describe("check address-references", () => {
  it("accepts a cluster without such objects", () => {
    expect(problems({})).toEqual([]);
  });

  it("warns of a NetworkPolicy that allows the first master, but not the others", () => {
    expect(problems(egress("10.88.0.11/32", "10.88.0.12/32"))).toEqual([
      {
        severity: "warning",
        host: "master1",
        what: "NetworkPolicy shop/api allows egress to the first master (10.88.0.11), but not 10.88.0.13",
        fix: "if pods use the API through this rule, or the API server reaches them through it: add an ipBlock for each of these addresses",
      },
    ]);
  });

  it.each([
    ["all masters by one range", egress("10.88.0.8/29")],
    ["everything", egress("0.0.0.0/0")],
    ["not the first master", egress("10.99.0.0/16")],
    ["everything except the masters", egress({ cidr: "0.0.0.0/0", except: ["10.88.0.0/24"] })],
    ["another family", egress("::/0")],
  ])("accepts a NetworkPolicy that allows %s", (_, facts) => {
    expect(problems(facts)).toEqual([]);
  });

  it("expects the VIP too if apiservers advertise it", () => {
    expect(whatOf(egress("10.88.0.8/29"), { advertise: "endpoint" })).toEqual([
      expect.stringMatching(/but not 10\.88\.0\.100$/),
    ]);
  });

  it("lists other objects in one warning, and blocks a Service with the VIP", () => {
    const facts = { named: ["EndpointSlice default/nfs", "ConfigMap shop/it"], vipServices: ["shop/web"] };
    expect(whatOf(facts)).toEqual([
      "blocker: Service shop/web has the VIP 10.88.0.100 as an external address: nodes redirect its traffic to the Service",
      "warning: objects name the first master's address 10.88.0.11: EndpointSlice default/nfs, ConfigMap shop/it",
    ]);
  });

  it.each(["v1.20.2", "v1.37.2"])("reads the lists of %s", async (version) => {
    using sandbox = new Sandbox();
    const metadata = { namespace: "shop", name: "it" };
    serves(sandbox, version, {
      NetworkPolicy: [{ metadata, spec: { egress: [{ to: [{ ipBlock: { cidr: "10.88.0.11/32" } }] }] } }],
      ConfigMap: [{ metadata, data: { a: "10.88.0.11:9100" } }],
      Service: [{ metadata, spec: { externalIPs: ["10.88.0.100"] }, status: { loadBalancer: {} } }],
      EndpointSlice: [{ metadata, endpoints: [{ addresses: ["10.88.0.11"] }] }],
    });
    expect(await addressReferences.probe(looking(sandbox))).toEqual({
      ...egress("10.88.0.11/32"),
      allowed: [{ policy: "shop/it", direction: "egress", blocks: [{ cidr: "10.88.0.11/32", except: [] }] }],
      named: ["ConfigMap shop/it", ...(version === "v1.20.2" ? [] : ["EndpointSlice shop/it"])],
      vipServices: ["shop/it"],
    });
  });

  it("only warns if the lists cannot be read", async () => {
    using sandbox = new Sandbox();
    servesFreshCluster(sandbox);
    const facts = await addressReferences.probe(looking(sandbox));
    expect(addressReferences.problems(facts, sandbox.inventory)).toMatchObject([
      { severity: "warning", fix: "run k8s-ha plan to search again" },
    ]);
  });
});
