import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { kindOf, type Change } from "../../src/changes/change.js";
import { Journal } from "../../src/engine/journal.js";
import { appliedChanges } from "../../src/engine/applied-changes.js";
import { planRollback } from "../../src/engine/undo-plan.js";
import { undoOf } from "../../src/engine/undo-order.js";
import { kubeadmMigration } from "../../src/migration/kubeadm-migration.js";
import { contextOf } from "../changes/context.js";
import { joinWorkerOf } from "../changes/joining.js";
import { Sandbox } from "../machine/sandbox.js";

const root = mkdtempSync(join(tmpdir(), "k8s-ha-rollback-"));
const folder = join(root, "lab");
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const PATH = "/etc/haproxy/haproxy.cfg";
const file: Change = {
  kind: "file",
  host: "lb1",
  path: PATH,
  content: "new\n",
  mode: "0644",
  owner: "root:root",
  before: null,
};
const backup: Change = {
  kind: "backup",
  host: "lb1",
  paths: [],
  directory: "/var/backups/k8s-ha",
  operatorCopy: "none",
  operatorDirectory: "",
};

/** A run that made these changes, with its journal. */
async function ran(sandbox: Sandbox, ...changes: readonly Change[]): Promise<void> {
  const journal = new Journal(folder, "20260131-221530");
  for (const change of changes) {
    const before = await undoOf(change)?.before(change, contextOf(sandbox, change.host));
    journal.listen({
      type: "change-started",
      step: "haproxy",
      change,
      ...(before !== undefined && { before }),
    });
    if (undoOf(change)) await kindOf(change).apply(change, contextOf(sandbox, change.host));
  }
  journal.close();
}
const planOf = (sandbox: Sandbox, force = false): ReturnType<typeof planRollback> =>
  planRollback(appliedChanges(folder), sandbox.fleet().look(), kubeadmMigration, force);

describe("the plan of a rollback", () => {
  it("lists changes to undo by step and host, and those that stay", async () => {
    using sandbox = new Sandbox();
    sandbox.file(PATH, "old\n");
    await ran(sandbox, backup, file);
    const plan = await planOf(sandbox);
    expect(plan.steps).toMatchObject([
      {
        id: "haproxy",
        title: "Undo: Configure haproxy",
        atATime: 1,
        undos: [{ host: "lb1", what: `restore ${PATH}` }],
      },
    ]);
    expect(plan.stays).toEqual([
      {
        host: "lb1",
        what: "save files to /var/backups/k8s-ha",
        why: "the backup stays in /var/backups/k8s-ha",
      },
    ]);
    expect(plan.problems).toEqual([]);
  });

  it("is blocked by changes made outside k8s-ha, unless forced", async () => {
    using sandbox = new Sandbox();
    await ran(sandbox, file);
    sandbox.file(PATH, "by hand\n");
    const [problem] = (await planOf(sandbox)).problems;
    expect(problem).toMatchObject({
      severity: "blocker",
      host: "lb1",
      what: `${PATH} was modified outside k8s-ha`,
    });
    expect((await planOf(sandbox, true)).problems).toMatchObject([{ severity: "warning", host: "lb1" }]);
  });

  it("removes a worker only after it is drained, independent of etcd", async () => {
    using sandbox = new Sandbox();
    const journal = new Journal(folder, "20260131-221530");
    const change = joinWorkerOf("worker1");
    journal.listen({ type: "change-started", step: "join-workers", change, before: {} });
    journal.close();
    const pods = "/api/v1/pods?fieldSelector=spec.nodeName%3Dworker1";
    const pod = { metadata: { namespace: "shop", name: "web-1" }, status: { phase: "Running" } };
    sandbox.web.api({ [pods]: { items: [pod] } });
    const { steps, problems } = await planOf(sandbox);
    expect(steps).toMatchObject([
      { id: "join-workers", undos: [{ what: "remove worker1 from the cluster, kubeadm reset" }] },
    ]);
    expect(problems).toEqual([
      {
        severity: "blocker",
        what: "pods are running on node worker1, which the rollback removes from the cluster: shop/web-1",
        fix: "move them first: kubectl drain worker1 --ignore-daemonsets",
      },
    ]);
    sandbox.web.api({ [pods]: { items: [] } });
    expect((await planOf(sandbox)).problems).toEqual([]);
  });

  it("is blocked completely by a host that is no longer in the inventory", async () => {
    using sandbox = new Sandbox();
    await ran(sandbox, file);
    const journal = new Journal(folder, "20260131-221531");
    journal.listen({ type: "change-started", step: "s", change: { ...file, host: "lb9" }, before: [] });
    journal.close();
    expect(await planOf(sandbox)).toMatchObject({
      steps: [],
      problems: [{ severity: "blocker", host: "lb9" }],
    });
  });
});
