import { describe, expect, it } from "vitest";
import { addOns, type Reader } from "../../../src/steps/endpoint/add-ons.js";
import type { Pinned } from "../../../src/cluster/pins.js";
import type { ReadOnlyFleet } from "../../../src/machine/fleet.js";
import { check } from "../../../src/steps/step.js";
import { labInventory } from "../inventory.js";
import { Sandbox } from "../../machine/sandbox.js";
import { NOTHING, planOf, recorded } from "../recorded.js";

const OLD = "10.88.0.11:6443";
const NEW = "10.88.0.100:6443";
const CALICO: Pinned = {
  kind: "ConfigMap",
  namespace: "kube-system",
  name: "kubernetes-services-endpoint",
  pins: [
    {
      server: OLD,
      place: "data KUBERNETES_SERVICE_HOST",
      form: "variable",
      at: ["data", "KUBERNETES_SERVICE_HOST"],
      portAt: ["data", "KUBERNETES_SERVICE_PORT"],
    },
  ],
};
const ROUTER: Pinned = {
  kind: "DaemonSet",
  namespace: "kube-system",
  name: "kube-router",
  rollout: { wanted: 2, rolled: 2 },
  pins: [{ server: "master1:6443", place: "container router, arguments", form: "url", at: ["args", 0] }],
};
const READER: Reader = {
  kind: "DaemonSet",
  namespace: "kube-system",
  name: "calico-node",
  map: "kube-system/kubernetes-services-endpoint",
  rollout: { wanted: 2, rolled: 1 },
};
const PATCH = { cluster: { addOns: "patch" } };
type State = "fresh" | "endpoint";

/** The plan for a cluster with these objects. */
function planWith(state: State, objects: readonly Pinned[], readers: readonly Reader[] = [], overrides = {}) {
  return planOf(
    addOns,
    state,
    (facts) => {
      Object.assign(facts, { pinned: objects, readers });
    },
    overrides,
  );
}
const warning = (what: string, fix: string) => ({ severity: "warning", host: "master1", what, fix });
const routerWarning = (fix: string) =>
  warning(
    "DaemonSet kube-system/kube-router connects to the API at master1:6443 (container router, arguments)",
    `point it to ${NEW}: ${fix}`,
  );
const calicoMoved = {
  kind: "repoint",
  host: "master1",
  object: "ConfigMap",
  namespace: "kube-system",
  name: "kubernetes-services-endpoint",
  edits: [{ at: ["data", "KUBERNETES_SERVICE_HOST"], from: "10.88.0.11", to: "10.88.0.100" }],
  endpoint: NEW,
};
const calicoRolled = {
  kind: "rollout",
  host: "master1",
  workload: "DaemonSet",
  namespace: "kube-system",
  name: "calico-node",
  configHash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  interruption: { what: "each pod of calico-node while it restarts", seconds: 30 },
};

describe("add-ons", () => {
  it.each(["fresh", "endpoint"] as const)(
    "plans nothing in a cluster without pinned add-ons (%s)",
    (state) => {
      expect(planOf(addOns, state)).toEqual(NOTHING);
      expect(planOf(addOns, state, undefined, PATCH)).toEqual(NOTHING);
    },
  );

  it.each(["fresh", "endpoint"] as const)("warns about one that names the former address (%s)", (state) => {
    expect(planWith(state, [CALICO])).toEqual({
      changes: [],
      problems: [
        warning(
          `ConfigMap kube-system/kubernetes-services-endpoint connects to the API at ${OLD} (data KUBERNETES_SERVICE_HOST)`,
          `point it to ${NEW}: kubectl -n kube-system edit configmap kubernetes-services-endpoint, then kubectl rollout restart the workloads that read it`,
        ),
      ],
    });
  });

  it.each<[string, Partial<Pinned>, string]>([
    ["a user", {}, "kubectl -n kube-system edit daemonset kube-router"],
    ["Helm", { release: "net" }, "edit the values of its Helm release, then helm -n kube-system upgrade net"],
    [
      "an operator",
      { owner: "Installation default", release: "net" },
      "edit its owner, Installation default",
    ],
  ])("shows how %s changes it", (_, by, fix) => {
    expect(planWith("fresh", [{ ...ROUTER, ...by }])).toEqual({
      changes: [],
      problems: [routerWarning(fix)],
    });
  });

  it.each([{}, PATCH])("ignores other servers, and lists of all masters (%o)", (overrides) => {
    const common = { place: "data prometheus.yml", form: "url", at: ["data", "prometheus.yml"] } as const;
    const pins = [OLD, "10.88.0.12:6443"].map((server) => ({ server, ...common }));
    const moved = { ...CALICO, pins: [{ server: NEW, ...common }] };
    expect(planWith("fresh", [{ ...CALICO, pins }, moved], [], overrides)).toEqual(NOTHING);
  });

  it("changes them if requested, and restarts what reads them", () => {
    expect(planWith("fresh", [CALICO, ROUTER], [READER], PATCH)).toEqual({
      changes: [
        calicoMoved,
        {
          ...calicoMoved,
          object: "DaemonSet",
          name: "kube-router",
          edits: [{ at: ["args", 0], from: "https://master1:6443", to: `https://${NEW}` }],
        },
        calicoRolled,
      ],
      problems: [],
    });
  });

  it("restarts what an interrupted run left on the former configuration, and then nothing more", () => {
    const moved = { ...CALICO, pins: [], endpoint: NEW };
    const { changes } = planWith("endpoint", [moved], [READER], PATCH);
    expect(changes).toEqual([calicoRolled]);
    const [roll] = changes;
    if (roll?.kind !== "rollout") throw new Error("there is no rollout");
    const rolled = { ...READER, configHash: roll.configHash };
    expect(planWith("endpoint", [moved], [rolled], PATCH)).toEqual(NOTHING);
  });

  it.each<[string, Partial<Pinned>, Partial<Reader>, string]>([
    ["an operator manages", { owner: "Installation default" }, {}, "edit its owner, Installation default"],
    [
      "is used by objects that an operator manages",
      {},
      { owner: "Installation default" },
      "DaemonSet kube-system/calico-node, which is managed by Installation default",
    ],
    [
      "is used by pods that a user must restart",
      {},
      { isByHand: true },
      "DaemonSet kube-system/calico-node, whose pods restart only when a user deletes them (OnDelete)",
    ],
  ])("does not change one that %s", (_, of, by, words) => {
    const { changes, problems } = planWith("fresh", [{ ...CALICO, ...of }], [{ ...READER, ...by }], PATCH);
    expect(changes).toEqual([]);
    expect(problems).toMatchObject([{ severity: "warning", fix: expect.stringContaining(words) as string }]);
  });

  it("does not change what could not be undone, or what is not a server's URL", () => {
    const [pin] = ROUTER.pins;
    if (pin === undefined) throw new Error("there is no pin");
    const twice = { ...ROUTER, pins: [pin, { ...pin, server: NEW }] };
    const text = { ...ROUTER, pins: [{ ...pin, form: "text" as const }] };
    const expected = {
      changes: [],
      problems: [routerWarning("kubectl -n kube-system edit daemonset kube-router")],
    };
    expect(planWith("fresh", [twice], [], PATCH)).toEqual(expected);
    expect(planWith("fresh", [text], [], PATCH)).toEqual(expected);
  });

  it("replaces only the first master's own names and the former endpoint; reports other names in the certificate", () => {
    const plan = (names: readonly string[], overrides = {}) =>
      planOf(
        addOns,
        "fresh",
        (facts) => {
          facts.liveSans = [...facts.liveSans, "127.0.0.1", "localhost", "0:0:0:0:0:0:0:1", "lb.example.org"];
          facts.clusterConfiguration += "controlPlaneEndpoint: k8s.example.org:8443\n";
          const pins = names.map((server, i) => ({
            ...{ server, place: "container router, arguments" },
            ...{ form: "url" as const, at: ["args", i] },
          }));
          Object.assign(facts, { pinned: [{ ...ROUTER, pins }], readers: [] });
        },
        overrides,
      );
    const loopback = ["127.0.0.1:6443", "localhost:6443", "0:0:0:0:0:0:0:1:6443"];
    expect(plan(loopback)).toEqual(NOTHING);
    expect(plan(loopback, PATCH)).toEqual(NOTHING);
    const { changes, problems } = plan([OLD, "lb.example.org:6443", "k8s.example.org:8443"], PATCH);
    expect(changes).toMatchObject([
      { edits: [OLD, "k8s.example.org:8443"].map((server) => ({ from: `https://${server}` })) },
    ]);
    expect(problems).toMatchObject([
      { severity: "warning", what: expect.stringContaining("API at lb.example.org:6443 (") as string },
    ]);
  });

  it("warns that Helm would restore the former address", () => {
    const { changes, problems } = planWith("fresh", [{ ...ROUTER, release: "net" }], [], PATCH);
    expect(changes).toHaveLength(1);
    expect(problems).toEqual([
      warning(
        "DaemonSet kube-system/kube-router belongs to the Helm release net: its next upgrade restores the former address",
        `set ${NEW} in the values of that release too`,
      ),
    ]);
  });

  it("verifies that none is left, and that their pods run", async () => {
    const inventory = labInventory(PATCH);
    const facts = recorded(addOns, "endpoint");
    const rolled = planWith("endpoint", [{ ...CALICO, pins: [], endpoint: NEW }], [READER], PATCH).changes[0];
    const configHash = rolled?.kind === "rollout" ? rolled.configHash : "";
    const router = { ...ROUTER, pins: [], endpoint: NEW };
    const probe = () =>
      Promise.resolve({ ...facts, pinned: [CALICO, router], readers: [{ ...READER, configHash }] });
    const pods = (name: string) => `pods of DaemonSet kube-system/${name} up to date and available`;
    const step = { ...addOns, probe };
    expect(
      await step.verify?.({ inventory, lost: new Set() } as Partial<ReadOnlyFleet> as ReadOnlyFleet),
    ).toEqual([
      check("master1", "add-ons that name the former address", "none", "1 to change"),
      check("master1", pods("kube-router"), "2", "2"),
      check("master1", pods("calico-node"), "2", "1"),
    ]);
    expect(await step.verify?.({ inventory: labInventory() } as ReadOnlyFleet)).toEqual([]);
  });

  it("waits for pods by reading only their workloads, and searches again at the end", async () => {
    using sandbox = new Sandbox(labInventory(PATCH));
    const of = (rolled: number) => ({
      metadata: { generation: 1 },
      spec: { template: { metadata: {} } },
      status: {
        observedGeneration: 1,
        desiredNumberScheduled: 2,
        updatedNumberScheduled: rolled,
        numberAvailable: 2,
      },
    });
    const path = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-router";
    sandbox.web.api({ [path]: [of(0), of(1), of(2)] });
    let searches = 0;
    const probe = () => {
      const rolled = searches++ === 0 ? 0 : 2;
      const router = { ...ROUTER, pins: [], endpoint: NEW, rollout: { wanted: 2, rolled } };
      return Promise.resolve({ ...recorded(addOns, "endpoint"), pinned: [router], readers: [] });
    };
    const step = { ...addOns, probe };
    const seen = [];
    for (let i = 0; i < 4; i++) {
      const checks = (await step.verify?.(sandbox.fleet().look())) ?? [];
      seen.push([searches, checks.map(({ actual }) => actual)]);
    }
    expect(seen).toEqual([
      [1, ["none", "0"]],
      [1, ["0"]],
      [1, ["1"]],
      [2, ["none", "2"]],
    ]);
  });

  it("only warns about a failed search if nothing is to be changed", async () => {
    const { clusterConfiguration: ClusterConfiguration, nodeName: name } = recorded(addOns, "fresh");
    const status = { addresses: [{ type: "InternalIP", address: "10.88.0.11" }] };
    const look = async (inventory = labInventory()) => {
      using sandbox = new Sandbox(inventory);
      sandbox.web.api({
        "/api/v1/nodes": { items: [{ metadata: { name }, status }] },
        "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": {
          metadata: {},
          data: { ClusterConfiguration },
        },
      });
      return addOns.plan(await addOns.probe(sandbox.fleet().look()), inventory);
    };
    const plan = await look();
    expect(plan).toMatchObject({
      changes: [],
      problems: [
        {
          severity: "warning",
          host: "master1",
          what: expect.stringContaining(
            "cannot search for add-ons that name the former address: the apiserver does not list",
          ) as string,
        },
      ],
    });
    await expect(look(labInventory(PATCH))).rejects.toThrow("the apiserver does not list");
  });

  it("searches for the port of a former endpoint too", async () => {
    using sandbox = new Sandbox(labInventory(PATCH));
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
    const reader = {
      ...{ metadata: { namespace: "a", name: "r", generation: 1 }, status: {} },
      spec: {
        template: { spec: { containers: [{ name: "c", envFrom: [{ configMapRef: { name: "b" } }] }] } },
      },
    };
    sandbox.web.api({
      "/apis/apps/v1/deployments?resourceVersion=0": { kind: "DeploymentList", items: [reader] },
    });
    const found = await addOns.probe(sandbox.fleet().look());
    expect(found.readers).toEqual([
      { kind: "Deployment", namespace: "a", name: "r", map: "a/b", rollout: { wanted: 1, rolled: 0 } },
    ]);
    expect(found.pinned).toMatchObject([{ name: "b", pins: [{ server: "k8s.example.org:8443" }] }]);
    const { problems } = planOf(addOns, "fresh", (facts) => Object.assign(facts, found));
    expect(problems).toMatchObject([{ what: expect.stringContaining("k8s.example.org:8443") as string }]);
  });
});
