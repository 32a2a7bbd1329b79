import { describe, expect, it } from "vitest";
import type { PortAnswer } from "../../../../src/machine/network.js";
import { externalEndpoint } from "../../../../src/steps/preflight/checks/external-endpoint.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, unreachable, without } from "../looking.js";

const EXTERNAL = labInventory({ loadBalancer: "external", loadBalancers: [] });
const TARGET = "port 6443 of all ready masters, as plain TCP (now only 10.88.0.11, later all masters)";

const reported = (from: string, port: PortAnswer, readyz: number, isOurs: boolean): string[] => {
  const answers = { found: new Map([[from, { port, readyz }]]), failures: [] };
  return externalEndpoint
    .problems({ answers, isOurs }, EXTERNAL)
    .map(({ severity, host, what, fix }) => `${severity} ${host ?? ""}: ${what}: ${fix}`);
};

describe("check external-endpoint", () => {
  it("accepts a load balancer that forwards to this cluster", () => {
    expect(reported("worker1", "open", 200, true)).toEqual([]);
  });

  it.each<[string, Parameters<typeof reported>, string]>([
    [
      "a host that does not reach it",
      ["worker1", "silent", 0, true],
      `worker1: 10.88.0.100:6443 does not answer: configure the load balancer to listen there and forward to ${TARGET}; allow worker1 to reach it`,
    ],
    [
      "one that listens on another port",
      ["lb1", "refused", 0, false],
      `lb1: 10.88.0.100:6443 refuses connections: configure the load balancer to listen there and forward to ${TARGET}; allow lb1 to reach it`,
    ],
    [
      "one that forwards to nothing",
      ["worker1", "open", 0, false],
      `worker1: https://10.88.0.100:6443/readyz does not respond: configure the load balancer to forward 10.88.0.100:6443 to ${TARGET}`,
    ],
    [
      "one that forwards to another program",
      ["worker1", "open", 404, false],
      `worker1: https://10.88.0.100:6443/readyz returns HTTP status 404: configure the load balancer to forward 10.88.0.100:6443 to ${TARGET}`,
    ],
    [
      "one that terminates TLS, or forwards to another cluster",
      ["worker1", "open", 200, false],
      `master1: 10.88.0.100:6443 presents a certificate that is not signed by this cluster's CA: configure the load balancer to pass TLS through unchanged, and to forward to ${TARGET}`,
    ],
  ])("reports %s", (_, found, problem) => {
    expect(reported(...found)).toEqual([`blocker ${problem}`]);
  });

  it("queries every host that lacks no tools, and reports those that cannot be queried", async () => {
    using sandbox = new Sandbox();
    sandbox.answer("kubelet", "");
    sandbox.answer("timeout", "echo 'Connection refused'; exit 1");
    const names = async (others = {}) => {
      const found = await externalEndpoint.probe(looking(sandbox, others, EXTERNAL));
      return { found: [...(found?.answers.found.keys() ?? [])], failures: found?.answers.failures };
    };
    expect(await names()).toEqual({ found: ["master1", "master2", "master3", "worker1"], failures: [] });
    const others = { master2: without("awk", sandbox), worker1: unreachable("worker1") };
    expect(await names(others)).toMatchObject({
      found: ["master1", "master3"],
      failures: [{ host: "worker1", what: "the connection broke" }],
    });
  });

  it("queries nothing if k8s-ha manages the load balancers", async () => {
    using sandbox = new Sandbox();
    expect(await externalEndpoint.probe(looking(sandbox))).toBeNull();
    expect(externalEndpoint.problems(null, labInventory())).toEqual([]);
    expect(sandbox.scripts).toEqual([]);
  });
});
