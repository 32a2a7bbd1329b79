import { describe, expect, it } from "vitest";
import { endpointName } from "../../../src/steps/endpoint/endpoint-name.js";
import { check } from "../../../src/steps/step.js";
import { desiredSans, formerServers } from "../../../src/cluster/kubeadm-config.js";
import { kubeadmConfig } from "../../../src/steps/endpoint/kubeadm-config.js";
import { Sandbox } from "../../machine/sandbox.js";
import { labInventory } from "../inventory.js";
import { NOTHING, planOf, recorded } from "../recorded.js";

const NAME = "api.example.org";
const VIP = "10.88.0.100";
const NAMED = { cluster: { endpoint: `${NAME}:6443`, vip: VIP } };
const ENTRY = { cluster: { ...NAMED.cluster, hostsEntry: true } };
const file = {
  content: `127.0.0.1 localhost\n10.88.0.11 ${NAME}\n`,
  mode: "644",
  owner: "root:root",
  modified: 1,
};

function planFor(
  addresses: readonly string[],
  state: { isInUse?: boolean; isUp?: boolean } = {},
  overrides = NAMED,
) {
  return planOf(
    endpointName,
    "fresh",
    (facts) => {
      Object.assign(facts, {
        isInUse: false,
        isUp: false,
        ...state,
        hosts: [{ name: "worker1", addresses, file }],
      });
    },
    overrides,
  );
}

describe("endpoint-name", () => {
  it.each(["fresh", "endpoint"] as const)(
    "plans nothing if the endpoint is an address (%s)",
    async (state) => {
      expect(planOf(endpointName, state)).toEqual(NOTHING);
      using sandbox = new Sandbox();
      expect(await endpointName.probe(sandbox.fleet().look())).toEqual(recorded(endpointName, state));
      expect(sandbox.scripts).toEqual([]);
    },
  );

  it.each([NAMED, ENTRY])("plans nothing if the name resolves to the VIP (%o)", (overrides) => {
    expect(planFor([VIP], {}, overrides)).toEqual(NOTHING);
  });

  it.each<[readonly string[], string]>([
    [[], "resolves to no address"],
    [["10.88.0.11"], "resolves to 10.88.0.11"],
    [[VIP, "10.88.0.11"], `resolves to ${VIP}, 10.88.0.11`],
  ])("is a blocker if the name resolves to something else (%j)", (addresses, words) => {
    const { changes, problems } = planFor(addresses);
    expect(changes).toEqual([]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        host: "worker1",
        what: `${NAME} ${words}, not to the VIP ${VIP}`,
        fix: `point it to the VIP in DNS, or add "${VIP} ${NAME}" to /etc/hosts on worker1; or let k8s-ha write that entry: cluster.hostsEntry: true`,
      },
    ]);
  });

  it("only warns about a name that clients use until the VIP is up; then it is a blocker", () => {
    const before = planFor(["10.88.0.11"], { isInUse: true });
    expect(before.problems).toMatchObject([
      {
        severity: "warning",
        fix: expect.stringContaining("do not change it before the VIP is up") as string,
      },
    ]);
    expect(planFor(["10.88.0.11"], { isInUse: true, isUp: true }).problems).toMatchObject([
      { severity: "blocker" },
    ]);
  });

  it("writes the entry if requested", () => {
    expect(planFor(["10.88.0.11"], {}, ENTRY)).toEqual({
      changes: [
        {
          kind: "file",
          host: "worker1",
          path: "/etc/hosts",
          content: `127.0.0.1 localhost\n${VIP} ${NAME} # managed by k8s-ha\n`,
          mode: "0644",
          owner: "root:root",
          before: file.content,
        },
      ],
      problems: [],
    });
  });

  it("resolves the name on every host, and verifies the result", async () => {
    using sandbox = new Sandbox(labInventory(NAMED));
    const { clusterConfiguration } = recorded(kubeadmConfig, "fresh");
    const ClusterConfiguration = `${clusterConfiguration}controlPlaneEndpoint: ${NAME}:6443\n`;
    sandbox.web.api({
      "/api/v1/namespaces/kube-system/configmaps/kubeadm-config": { data: { ClusterConfiguration } },
    });
    sandbox.file("/etc/hosts", file.content);
    sandbox.answer(
      "getent",
      `[ "$*" = "ahostsv4 ${NAME}" ] && printf '%s STREAM %s\\n%s DGRAM\\n' ${VIP} ${NAME} ${VIP}`,
    );
    const found = await endpointName.probe(sandbox.fleet().look());
    expect(found).toMatchObject({ isInUse: true, isUp: false });
    expect(found.hosts.map(({ addresses }) => addresses)).toEqual(Array(6).fill([VIP]));
    const step = {
      ...endpointName,
      probe: () => Promise.resolve({ ...found, hosts: found.hosts.slice(0, 1) }),
    };
    expect(await step.verify?.(sandbox.fleet().look())).toEqual([
      check("master1", `${NAME} resolves to`, VIP, VIP),
    ]);
  });
});

describe("an endpoint with a name", () => {
  const inventory = labInventory(NAMED);

  it("has both in the certificate, and neither among the former servers", () => {
    const facts = recorded(kubeadmConfig, "fresh");
    const live = { ...facts, liveSans: [...facts.liveSans, NAME, VIP] };
    expect(desiredSans(live, inventory).slice(0, 2)).toEqual([NAME, VIP]);
    expect(formerServers(inventory, live)).toEqual(["https://10.88.0.11:6443", "https://master1:6443"]);
  });
});
