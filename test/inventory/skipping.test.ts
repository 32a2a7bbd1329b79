import { describe, expect, it } from "vitest";
import { whyNotSkipped } from "../../src/inventory/skipping.js";
import { labInventory } from "../steps/inventory.js";

const inventory = labInventory();
const refused = (name: string, ...others: string[]) => whyNotSkipped(inventory, name, [name, ...others]);

describe("a host that may be skipped", () => {
  it("is a worker, or a load balancer while another one stays", () => {
    for (const name of ["worker1", "lb1", "lb2"]) expect(refused(name)).toBeUndefined();
    expect(refused("lb1", "worker1")).toBeUndefined();
  });

  it("is no master, also if it is a load balancer", () => {
    expect(refused("master2")).toMatchObject({
      what: "master2 is a master, and k8s-ha needs every master",
      fix: expect.stringMatching(/Replacing a lost machine.*kubectl delete node master2/) as unknown,
    });
    const onMasters = labInventory({ loadBalancers: [{ master: "master1" }, { master: "master2" }] });
    expect(whyNotSkipped(onMasters, "master2", ["master2"])?.what).toContain("is a master");
  });

  it("is not the last load balancer", () => {
    for (const [name, other] of [
      ["lb1", "lb2"],
      ["lb2", "lb1"],
    ] as const)
      expect(refused(name, other)?.what).toBe(
        `${name} is the last load balancer: without it, nothing has the VIP`,
      );
  });

  it("is in the inventory", () => {
    expect(refused("worker9")).toEqual({
      what: "there is no host worker9",
      fix: "hosts that can be skipped: worker1, lb1, lb2",
    });
  });
});
