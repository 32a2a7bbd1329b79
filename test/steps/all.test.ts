import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { makePlan, type Plan } from "../../src/engine/plan.js";
import { countsOf, problemsOf } from "../../src/engine/plan-summary.js";
import { Failure } from "../../src/failure.js";
import { members } from "../../src/inventory/targets.js";
import { Fleet, type ReadOnlyFleet } from "../../src/machine/fleet.js";
import { allSteps } from "../../src/steps/all.js";
import { selectedHosts } from "../../src/steps/host-selector.js";
import { labInventory } from "./inventory.js";
import { type FactsState, VERSIONS } from "../recorded/facts-file.js";
import { inventoryOf, on, recordedSteps, type Version } from "./recorded.js";

/** The inventory of a migration to that state. */
const inventoryFor = (version: Version, state: FactsState) =>
  inventoryOf(version, {}, state === "endpoint" ? undefined : {});

/** The plan of all steps, each with its recorded facts instead of a probe. */
function planOfAll(version: Version, state: FactsState): Promise<Plan> {
  const steps = recordedSteps.map((step) => ({
    ...step,
    probe: () => Promise.resolve(on(version).recorded(step, state)),
  }));
  const fleet: Partial<ReadOnlyFleet> = { inventory: inventoryFor(version, state), lost: new Set() };
  return makePlan(steps, fleet as ReadOnlyFleet);
}

describe.each(VERSIONS)("on Kubernetes %s", (version) => {
  describe.each(recordedSteps.map((step) => ({ id: step.id, step })))("$id", ({ step }) => {
    it.each(["migrated", "endpoint"] as const)("plans nothing if the cluster is %s", (state) => {
      const { changes, problems = [] } = step.plan(
        on(version).recorded(step, state),
        inventoryFor(version, state),
      );
      // A step that is planned only together with others is omitted from a plan without them: see "all steps together".
      if (step.onlyBesideOthers !== true)
        expect({ changes, problems }).toEqual({ changes: [], problems: [] });
      expect(changes.every(({ kind }) => step.onlyBesideOthers !== true || kind === "backup")).toBe(true);
    });

    it("plans only on its own hosts, and plans the same from the same facts", () => {
      const inventory = inventoryFor(version, "fresh");
      const planned = () => step.plan(on(version).recorded(step, "fresh"), inventory).changes;
      const changes = planned();
      const { controlPlane, loadBalancers, workers } = inventory;
      const hosts = [...controlPlane, ...loadBalancers, ...workers].map(({ name }) => name);
      expect(hosts).toEqual(expect.arrayContaining([...new Set(changes.map(({ host }) => host))]));
      expect(planned()).toEqual(changes);
      const selected = step.on === undefined ? [] : selectedHosts(inventory, step.on);
      expect(selected).toEqual(expect.arrayContaining([...new Set(changes.map(({ host }) => host))]));
    });
  });
});

/** A fleet without root access on any host: each host reports it after this number of milliseconds. */
function refusingFleet(delayOf: (index: number) => number): ReadOnlyFleet {
  const inventory = labInventory();
  const connections = members(inventory).map(({ name }, index) => {
    const refuse = async (): Promise<never> => {
      await delay(delayOf(index));
      throw new Failure(`no sudo on ${name}`);
    };
    const target = { name, address: "192.0.2.1", port: 22, user: "admin", connectTimeoutMs: 0 };
    return [name, { target, run: refuse, close: () => Promise.resolve() }] as const;
  });
  return new Fleet(inventory, new Map(connections)).look();
}

describe.each([
  ["at once", () => 1],
  ["one after the other, the first master first", (index: number) => 5 * index],
  ["one after the other, the first master last", (index: number) => 5 * (8 - index)],
])("if every host refuses, %s", (_how, delayOf) => {
  it.each(allSteps.map((step) => [step.id, step] as const))("only %s fails", async (_id, step) => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on("unhandledRejection", hear);
    await step.probe(refusingFleet(delayOf)).catch(() => undefined);
    await step.verify?.(refusingFleet(delayOf)).catch(() => undefined);
    await delay(60);
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
  });
});

describe("all steps together", () => {
  it("have unique ids", () => {
    expect(new Set(allSteps.map(({ id }) => id)).size).toBe(allSteps.length);
  });

  describe.each(VERSIONS)("on Kubernetes %s", (version) => {
    it.each(["migrated", "endpoint"] as const)(
      "change nothing when it is %s, not even a backup",
      async (state) => {
        const plan = await planOfAll(version, state);
        expect(countsOf(plan).changes).toBe(0);
        expect(plan.steps.flatMap(({ problems }) => problems)).toEqual([]);
      },
    );

    it("plan changes and no blockers on a single-master cluster", async () => {
      const plan = await planOfAll(version, "fresh");
      expect(plan.steps.filter(({ changes }) => changes.length === 0).map(({ id }) => id)).toEqual(
        expect.arrayContaining(["clear", "images", "preflight", "serving-certificate"]),
      );
      expect(countsOf(plan).changes).toBeGreaterThan(35);
      expect(problemsOf(plan, "blocker")).toEqual([]);
      const oldEtcd: unknown[] =
        version === "1.30.14" ? [expect.stringMatching(/^etcd 3\.5\.1 to 3\.5\.23/)] : [];
      expect(problemsOf(plan, "warning").map(({ what }) => what)).toEqual([
        "the backup is stored only on the hosts",
        ...oldEtcd,
      ]);
    });
  });
});
