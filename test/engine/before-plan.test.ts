import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { planFromOutcomes } from "../../src/engine/before-plan.js";
import { Unreachable } from "../../src/engine/connect.js";
import { NotReady, type Migration } from "../../src/engine/migration.js";
import { EVERYTHING } from "../../src/engine/scope.js";
import { members } from "../../src/inventory/targets.js";
import { Fleet } from "../../src/machine/fleet.js";
import { query } from "../../src/machine/query.js";
import { kubeadmMigration } from "../../src/migration/kubeadm-migration.js";
import { sh } from "../../src/shell/shell.js";
import type { Step } from "../../src/steps/step.js";
import { TransportError } from "../../src/transport/errors.js";
import type { Connection } from "../../src/transport/transport.js";
import { Sandbox } from "../machine/sandbox.js";
import { ScriptedConnection } from "../machine/scripted.js";
import { labInventory } from "../steps/inventory.js";

/** A step that queries every host, and changes what it found there. */
const step: Step<string[]> = {
  id: "step",
  title: "do it",
  why: "",
  rollout: "together",
  probe: (fleet) =>
    Promise.all(fleet.hosts().map((host) => host.ask(query(sh`cat /var/state`, (out) => out.trim())))),
  plan: (seen) => ({
    changes: seen.map((state) => ({ kind: "images", host: "lb1", criSocket: "", images: [state] })),
  }),
};

/** The plan from the facts of each host, and the progress messages. */
async function planned(fleet: Fleet) {
  const notes: string[] = [];
  const plan = await planFromOutcomes([step], fleet, kubeadmMigration, EVERYTHING, (text) =>
    notes.push(text),
  );
  const seen = plan.steps.flatMap(({ changes }) =>
    changes.flatMap((change) => (change.kind === "images" ? change.images : [])),
  );
  return { seen, notes };
}

/** Six hosts of one sandbox, whose API is ready. */
function hosts(): Sandbox {
  const sandbox = new Sandbox();
  sandbox.file("/var/state", "before\n");
  sandbox.web.api({ "/readyz": "ok" });
  return sandbox;
}

describe("planFromOutcomes", () => {
  it("sends one query per host, and one to the API, if there is nothing to wait for", async () => {
    using sandbox = hosts();
    expect(await planned(sandbox.fleet())).toEqual({ seen: Array(6).fill("before"), notes: [] });
    expect(sandbox.scripts.filter((script) => script.includes("/run/k8s-ha"))).toHaveLength(6);
    expect(sandbox.scripts).toHaveLength(7);
    expect(sandbox.calls("curl")).toHaveLength(1);
  });

  it("waits for units of a previous run, reports them once, and plans from the result", async () => {
    using sandbox = hosts();
    using second = hosts();
    second.file("/run/k8s-ha/join.sh", "");
    second.file("/run/k8s-ha/packages.sh", "");
    second.file("/run/k8s-ha/packages.code", "0");
    // master2 has a unit for the first three queries; its end changes the state.
    second.answer(
      "systemctl",
      `echo >>"$SANDBOX/looks"
if [ "$(wc -l <"$SANDBOX/looks")" -le 3 ]; then echo ActiveState=active
else echo after >"$SANDBOX/var/state"; echo ActiveState=inactive; fi`,
    );
    const connections = members(sandbox.inventory).map(
      ({ name }) => [name, name === "master2" ? second : sandbox] as const,
    );
    const { seen, notes } = await planned(new Fleet(sandbox.inventory, new Map(connections)));
    expect(seen).toEqual(["before", "after", "before", "before", "before", "before"]);
    expect(notes).toEqual(["waiting for k8s-ha-join.service on master2, which a previous run started"]);
  });

  it("reports every host without root access", async () => {
    using sandbox = hosts();
    const refusing = (name: string): Connection =>
      new ScriptedConnection(() =>
        Promise.reject(new TransportError("sudo", `admin cannot become root on ${name}`, { host: name })),
      );
    const connections = members(labInventory()).map(({ name }): [string, Connection] => [
      name,
      ["master1", "lb2"].includes(name) ? refusing(name) : sandbox,
    ]);
    const error: unknown = await planned(new Fleet(labInventory(), new Map(connections))).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Unreachable);
    expect((error as Unreachable).failures.map(({ host }) => host)).toEqual(["master1", "lb2"]);
  });

  describe("while the cluster is not ready", () => {
    const fault = new NotReady("no quorum", { host: "master1" });
    const migration: Migration = {
      ...kubeadmMigration,
      repairStep: "repair",
      requireReady: () => Promise.reject(fault),
    };
    const repair = (changes: readonly Change[]): Step => ({
      ...step,
      id: "repair",
      probe: () => Promise.resolve(null),
      plan: () => ({ changes }),
    });
    const planWith = async (changes: readonly Change[]) => {
      using sandbox = hosts();
      return await planFromOutcomes(
        [repair(changes), step],
        sandbox.fleet(),
        migration,
        EVERYTHING,
        () => undefined,
      );
    };

    it("plans only the step that repairs it", async () => {
      const change: Change = { kind: "revoke", host: "master2" };
      expect((await planWith([change])).steps).toMatchObject([{ id: "repair", changes: [change] }]);
    });

    it("reports why if that step has no changes", async () => {
      await expect(planWith([])).rejects.toBe(fault);
    });
  });
});
