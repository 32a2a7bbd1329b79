import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { appliedChanges } from "../../src/engine/applied-changes.js";
import { planFromOutcomes } from "../../src/engine/before-plan.js";
import { Journal } from "../../src/engine/journal.js";
import { firstBaseline, lastRun, readJournal } from "../../src/engine/journal-reader.js";
import type { Migration } from "../../src/engine/migration.js";
import type { Plan } from "../../src/engine/plan.js";
import { problemsOf } from "../../src/engine/plan-summary.js";
import { rollback } from "../../src/engine/rollback.js";
import { run, StepFailed } from "../../src/engine/run.js";
import { EVERYTHING } from "../../src/engine/scope.js";
import { planRollback } from "../../src/engine/undo-plan.js";
import type { Fleet } from "../../src/machine/fleet.js";
import { query } from "../../src/machine/query.js";
import { undoText } from "../../src/report/undo-text.js";
import { runText } from "../../src/report/run-text.js";
import { sh } from "../../src/shell/shell.js";
import { check, type Step } from "../../src/steps/step.js";
import { TransportError } from "../../src/transport/errors.js";
import { Sandbox } from "../machine/sandbox.js";
import { origin } from "./made-from.js";
import { quietMigration } from "./quiet-migration.js";

const root = mkdtempSync(join(tmpdir(), "k8s-ha-lost-"));
const folder = join(root, "lab");
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The file that a change writes on a host: all hosts of a sandbox are one machine. */
const fileOf = (host: string): string => `/etc/k8s-ha-test/${host}`;
const file = (host: string): Change => ({
  kind: "file",
  host,
  path: fileOf(host),
  content: "new\n",
  mode: "0644",
  owner: "root:root",
  before: null,
});

/** Writes a file on each load balancer and worker where it is missing; every host is checked. */
const step: Step<readonly { readonly name: string; readonly isThere: boolean }[]> = {
  id: "files",
  title: "Write the files",
  why: "",
  rollout: "one-by-one",
  on: "all",
  settleSeconds: 1,
  probe: (fleet) =>
    Promise.all(
      fleet.hosts("loadBalancers", "workers").map(async (host) => ({
        name: host.name,
        isThere: await host.ask(
          query(sh`test -e ${fileOf(host.name)} && echo yes || true`, (out) => out !== ""),
        ),
      })),
    ),
  plan: (found) => ({ changes: found.filter(({ isThere }) => !isThere).map(({ name }) => file(name)) }),
  verify: async (fleet) =>
    (await step.probe(fleet)).map(({ name, isThere }) => check(name, "file", "yes", isThere ? "yes" : "no")),
};

const migration: Migration = {
  ...quietMigration,
  steps: [step],
  requireReady: () => Promise.resolve(),
  undoProblems: () => Promise.resolve([]),
  verificationAfterUndo: () => ({ ...step, id: "verify", verify: () => Promise.resolve([]) }),
};

const planOf = (fleet: Fleet): Promise<Plan> =>
  planFromOutcomes([step], fleet, migration, EVERYTHING, () => undefined);

const common = {
  origin: origin(),
  cluster: { ca: "0f", uid: "u" },
  writing: { objects: false, pod: false },
  stopRequested: () => false,
};

async function migrate(fleet: Fleet, runId: string) {
  const journal = new Journal(folder, runId);
  const agreed = { plan: await planOf(fleet), plannedAt: 0, scope: EVERYTHING, exactly: true };
  try {
    const options = { ...common, runId, agreed, journal: journal.path, listen: journal.listen };
    return await run([{ step, atATime: 1 }], fleet, migration, options);
  } finally {
    journal.close();
  }
}

async function rollBack(fleet: Fleet, runId: string) {
  const plan = await planRollback(appliedChanges(folder), fleet.look(), migration, false);
  const journal = new Journal(folder, runId);
  try {
    const options = { ...common, runId, runs: ["20260131-000001"], journal: journal.path };
    return { plan, report: await rollback(plan, fleet, migration, { ...options, listen: journal.listen }) };
  } finally {
    journal.close();
  }
}

/** The hosts whose file is there. */
const written = (sandbox: Sandbox): string[] =>
  ["lb1", "lb2", "worker1"].filter((host) => existsSync(sandbox.path(fileOf(host))));

describe("a migration without a lost host", () => {
  it("plans, changes and checks nothing there, and reports it at the beginning and at the end", async () => {
    using sandbox = new Sandbox();
    const fleet = sandbox.fleet().without(["worker1"]);
    const plan = await planOf(fleet);
    expect(plan.steps[0]?.changes.map(({ host }) => host)).toEqual(["lb1", "lb2"]);
    expect(plan.steps[0]?.already).toEqual(["master1", "master2", "master3"]);
    expect(problemsOf(plan, "warning")).toMatchObject([
      { host: "worker1", what: expect.stringMatching(/^skipped .* its kubelet keeps/) as string },
    ]);
    const report = await migrate(fleet, "20260131-000001");
    expect(report).toMatchObject({ changes: 2, lostHosts: [{ host: "worker1" }] });
    expect(runText(report)).toContain("run k8s-ha migrate without --skip-host");
    expect(written(sandbox)).toEqual(["lb1", "lb2"]);
    const [started] = readJournal(report.journal);
    expect(started).toMatchObject({ type: "run-started", skipHosts: ["worker1"] });
  });

  it("is completed by the next one with the host", async () => {
    using sandbox = new Sandbox();
    await migrate(sandbox.fleet().without(["lb2"]), "20260131-000001");
    const plan = await planOf(sandbox.fleet());
    expect(plan.lostHosts).toBeUndefined();
    expect(plan.steps[0]?.changes.map(({ host }) => host)).toEqual(["lb2"]);
    const report = await migrate(sandbox.fleet(), "20260131-000002");
    expect(report.lostHosts).toBeUndefined();
    expect(written(sandbox)).toEqual(["lb1", "lb2", "worker1"]);
  });
});

describe("a run in which a host is lost", () => {
  const hasBegun = (): boolean => appliedChanges(folder).some(({ change }) => change.host === "worker1");
  /** worker1's connection is lost after its change was started. */
  const losing = (sandbox: Sandbox): Fleet => {
    const normal = sandbox.run.bind(sandbox);
    sandbox.run = async (command) => {
      if (!command.script.text.includes(fileOf("worker1")) || !hasBegun()) return normal(command);
      throw new TransportError("lost", "the connection to worker1 was lost", { host: "worker1" });
    };
    return sandbox.fleet();
  };
  const found = (sandbox: Sandbox) => {
    delete (sandbox as Partial<Sandbox>).run;
  };

  it("reports how to continue; the change whose end is unknown stays in the journal for a later run", async () => {
    using sandbox = new Sandbox();
    const error: unknown = await migrate(losing(sandbox), "20260131-000001").catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StepFailed);
    expect(error).toMatchObject({
      host: "worker1",
      hint: "If the machine is lost, continue without it: --skip-host worker1",
    });
    // The resumed run does not contact it.
    const resumed = await migrate(sandbox.fleet().without(["worker1"]), "20260131-000002");
    expect(resumed.lostHosts).toMatchObject([{ host: "worker1" }]);
    expect(appliedChanges(folder).map(({ change }) => change.host)).toEqual(["lb1", "lb2", "worker1"]);
    found(sandbox);
    const next = await planOf(sandbox.fleet());
    expect(next.steps[0]?.changes.map(({ host }) => host)).toEqual(["worker1"]);
  });
});

describe("a rollback without a lost host", () => {
  it("leaves its changes applied and the journal open; the next rollback undoes the rest", async () => {
    using sandbox = new Sandbox();
    await migrate(sandbox.fleet(), "20260131-000001");
    const part = await rollBack(sandbox.fleet().without(["worker1"]), "20260131-000002");
    expect(written(sandbox)).toEqual(["worker1"]);
    expect(part.plan.stays).toEqual([
      {
        host: "worker1",
        what: `write ${fileOf("worker1")}`,
        why: "the host is skipped; the next rollback undoes it",
      },
    ]);
    expect(part.report).toMatchObject({ changes: 2, lostHosts: [{ host: "worker1" }] });
    for (const text of [undoText(part.plan), runText(part.report)]) {
      expect(text).toContain(`1 change stays applied there: write ${fileOf("worker1")}`);
      expect(text).toContain("run k8s-ha rollback without --skip-host");
    }
    expect(lastRun(folder)).toMatchObject({ finished: true, isRollback: true });
    expect(appliedChanges(folder).map(({ change }) => change.host)).toEqual(["worker1"]);
    expect(firstBaseline(folder)).toBeDefined();

    const rest = await rollBack(sandbox.fleet(), "20260131-000003");
    expect(rest.report).toMatchObject({ changes: 1 });
    expect(rest.report.lostHosts).toBeUndefined();
    expect(written(sandbox)).toEqual([]);
    expect(appliedChanges(folder)).toEqual([]);
    expect(firstBaseline(folder)).toBeUndefined();
  });

  it("is complete if nothing was changed there", async () => {
    using sandbox = new Sandbox();
    const fleet = sandbox.fleet().without(["worker1"]);
    await migrate(fleet, "20260131-000001");
    const { report } = await rollBack(fleet, "20260131-000002");
    expect(report.lostHosts).toBeUndefined();
    expect(written(sandbox)).toEqual([]);
    expect(appliedChanges(folder)).toEqual([]);
  });
});
