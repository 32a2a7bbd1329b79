import { describe, expect, it } from "vitest";
import type { Logins } from "../../src/cli/logins.js";
import { readFiles, stepsInOrder } from "../../src/cli/session.js";
import { labInventory, type Overrides } from "../steps/inventory.js";

async function stepsWith(overrides: Overrides): Promise<string[]> {
  const logins: Pick<Logins, "inventory"> = { inventory: Promise.resolve(labInventory(overrides)) };
  return (await readFiles(logins as Logins)).steps.map(({ step }) => step.id);
}

describe("readFiles", () => {
  it("leaves out the steps for load balancers where these are external, and no other", async () => {
    const all = (await stepsInOrder()).map(({ step }) => step.id);
    expect(await stepsWith({})).toEqual(all);
    const external = await stepsWith({ loadBalancer: "external", loadBalancers: [] });
    expect(all.filter((id) => !external.includes(id))).toEqual([
      "load-balancer-packages",
      "nonlocal-bind",
      "firewall",
      "haproxy",
      "keepalived",
    ]);
  });
});
