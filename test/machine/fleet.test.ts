import { describe, expect, expectTypeOf, it } from "vitest";
import { Failure } from "../../src/failure.js";
import { Fleet, type ReadOnlyFleet } from "../../src/machine/fleet.js";
import type { ReadOnlyHost, WritableHost } from "../../src/machine/host.js";
import type { Step } from "../../src/steps/step.js";
import { members } from "../../src/inventory/targets.js";
import type { makePlan } from "../../src/engine/plan.js";
import { query } from "../../src/machine/query.js";
import { sh } from "../../src/shell/shell.js";
import { labInventory } from "../steps/inventory.js";
import { Sandbox } from "./sandbox.js";

describe("Fleet", () => {
  it("has every host of the inventory, by group", () => {
    using sandbox = new Sandbox();
    const look = sandbox.fleet().look();
    const names = (...groups: Parameters<typeof look.hosts>): string[] =>
      look.hosts(...groups).map((h) => h.name);
    expect(names()).toEqual(["master1", "master2", "master3", "lb1", "lb2", "worker1"]);
    expect(names("loadBalancers")).toEqual(["lb1", "lb2"]);
    expect(names("controlPlane", "workers")).toEqual(["master1", "master2", "master3", "worker1"]);
    expect(look.firstMaster).toMatchObject({ name: "master1", address: "10.88.0.11" });
    expect(members(sandbox.inventory).flatMap(({ groups }) => groups)).toEqual([
      ...["controlPlane", "controlPlane", "controlPlane"],
      ...["loadBalancers", "loadBalancers", "workers"],
    ]);
  });

  it("has one snapshot per host", async () => {
    using sandbox = new Sandbox();
    const look = sandbox.fleet().look();
    const where = query(sh`pwd`, (out) => out);
    await Promise.all([look.firstMaster.ask(where), look.host("master1").ask(where)]);
    expect(sandbox.scripts).toHaveLength(1);
  });

  it("rejects a host that is not in the inventory", () => {
    using sandbox = new Sandbox();
    expect(() => sandbox.fleet().host("worker9")).toThrow(Failure);
    expect(() => sandbox.fleet().look().host("worker9")).toThrow(Failure);
  });

  it("does not contact a lost host, and keeps it in the inventory", () => {
    using sandbox = new Sandbox();
    const fleet = sandbox.fleet().without(["lb2"]).without(["worker1"]);
    expect([...fleet.lost]).toEqual(["lb2", "worker1"]);
    const look = fleet.look();
    expect(look.hosts().map((h) => h.name)).toEqual(["master1", "master2", "master3", "lb1"]);
    expect(look.inventory).toBe(sandbox.inventory);
    for (const host of [() => look.host("lb2"), () => fleet.host("worker1")])
      expect(host).toThrow("is skipped (--skip-host)");
  });

  it("reports a host without a connection", () => {
    expect(() => new Fleet(labInventory(), new Map()).host("lb2")).toThrow("no connection to lb2");
  });
});

describe("a dry run", () => {
  it("gets no write access, by type", () => {
    expectTypeOf<Parameters<Step["probe"]>>().toEqualTypeOf<[ReadOnlyFleet]>();
    expectTypeOf<Parameters<typeof makePlan>[1]>().toEqualTypeOf<ReadOnlyFleet>();
    expectTypeOf<ReturnType<Fleet["look"]>>().toEqualTypeOf<ReadOnlyFleet>();
    expectTypeOf<ReadOnlyFleet["firstMaster"]>().toEqualTypeOf<ReadOnlyHost>();
    expectTypeOf<ReturnType<ReadOnlyFleet["host"]>>().toEqualTypeOf<ReadOnlyHost>();
    expectTypeOf<ReadOnlyHost>().not.toHaveProperty("run");
    expectTypeOf<ReadOnlyHost>().not.toExtend<WritableHost>();
    expectTypeOf<ReadOnlyFleet>().not.toExtend<Fleet>();
  });

  it("gets no write access at run time", () => {
    using sandbox = new Sandbox();
    const look = sandbox.fleet().look();
    for (const host of [look.firstMaster, ...look.hosts()]) expect("run" in host).toBe(false);
  });
});
