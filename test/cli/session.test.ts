import { describe, expect, it } from "vitest";
import type { Logins } from "../../src/cli/logins.js";
import { readFiles, stepsInOrder } from "../../src/cli/session.js";
import { labInventory, type Overrides } from "../steps/inventory.js";

async function stepsWith(overrides: Overrides): Promise<string[]> {
  const logins: Pick<Logins, "inventory"> = { inventory: Promise.resolve(labInventory(overrides)) };
  return (await readFiles(logins as Logins)).steps.map(({ step }) => step.id);
}

describe("readFiles", () => {
  const forPods = ["load-balancer-images", "standby-haproxy", "standby-keepalived"];

  it("omits only the load balancer steps if load balancers are external", async () => {
    const steps = (await stepsInOrder()).map(({ step }) => step.id);
    const all = steps.filter((id) => !forPods.includes(id));
    expect(await stepsWith({})).toEqual(all);
    const external = await stepsWith({ loadBalancer: "external", loadBalancers: [] });
    expect(all.filter((id) => !external.includes(id))).toEqual([
      "load-balancer-packages",
      "nonlocal-bind",
      "selinux",
      "firewall",
      "haproxy",
      "keepalived",
    ]);
  });

  it("omits only the package step if load balancers are static pods", async () => {
    const steps = (await stepsInOrder()).map(({ step }) => step.id);
    const pods = await stepsWith({
      cluster: { endpoint: "10.88.0.100:443" },
      loadBalancers: [{ master: "master1" }, { master: "master2" }, { master: "master3" }],
      loadBalancer: { runAs: "static-pods" },
    });
    expect(steps.filter((id) => !pods.includes(id))).toEqual(["load-balancer-packages"]);
  });
});
