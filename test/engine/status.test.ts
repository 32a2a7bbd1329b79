import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/changes/change.js";
import { Unreachable } from "../../src/engine/connect.js";
import type { EngineEvent } from "../../src/engine/events.js";
import { Journal, journalFolder } from "../../src/engine/journal.js";
import { lockCluster } from "../../src/engine/lock.js";
import { clusterStatus, type ClusterStatus } from "../../src/engine/status.js";
import { Stopped } from "../../src/engine/stopped.js";
import { Failure } from "../../src/failure.js";
import { kubeadmMigration } from "../../src/migration/kubeadm-migration.js";
import { TransportError } from "../../src/transport/errors.js";
import type { Transport } from "../../src/transport/transport.js";
import { Sandbox } from "../machine/sandbox.js";
import { origin } from "./made-from.js";
import { emptyReport } from "./empty-report.js";

const RUN = "20260131-221530";
const AT = "2026-01-31T22:15:30.000Z";
const COPY = `/var/lib/k8s-ha/journal/${RUN}.ndjson`;
const state = mkdtempSync(join(tmpdir(), "k8s-ha-status-"));
beforeEach(() => {
  vi.stubEnv("XDG_STATE_HOME", state);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true, force: true });
});

const change: Change = { kind: "sysctl", host: "lb1", key: "k", before: "0", value: "1" };
const started: EngineEvent = {
  type: "run-started",
  mode: "migrate",
  by: "anna@laptop",
  runId: RUN,
  origin: origin(),
  cluster: { ca: "0f", uid: undefined },
  scope: { limit: [] },
  steps: [
    { id: "haproxy", title: "Configure haproxy" },
    { id: "keepalived", title: "Configure keepalived" },
  ],
};
const report = emptyReport(RUN);
const halfway: EngineEvent[] = [
  started,
  { type: "step-started", step: "haproxy" },
  { type: "change-started", step: "haproxy", change, before: { value: "0" } },
  { type: "change-done", step: "haproxy", change, ms: 1 },
  { type: "step-done", step: "haproxy", changes: 1, ms: 1 },
  { type: "step-started", step: "keepalived" },
];
const failed = (error: Error): EngineEvent => ({ type: "step-failed", step: "keepalived", error });

/** All masters are this sandbox, except for those that do not answer. */
function transport(sandbox: Sandbox, silent: readonly string[] = []): Transport {
  return {
    connect: ({ name }) =>
      silent.includes(name)
        ? Promise.reject(new TransportError("unreachable", `no route to ${name}`, { host: name }))
        : Promise.resolve(sandbox),
  };
}

const status = (sandbox: Sandbox, silent?: readonly string[]): Promise<ClusterStatus> =>
  clusterStatus(sandbox.inventory, transport(sandbox, silent), kubeadmMigration);

/** A sandbox with a cluster, and the directory of its journals. */
async function cluster(sandbox: Sandbox): Promise<string> {
  sandbox.file("/etc/kubernetes/pki/ca.crt", "the CA");
  return journalFolder(await kubeadmMigration.clusterId(sandbox.fleet().look()));
}

function write(folder: string, events: readonly EngineEvent[], runId = RUN): void {
  const journal = new Journal(folder, runId);
  events.forEach(journal.listen);
  journal.close();
}

describe("the status of a cluster", () => {
  it("has no run before the first one, and a free lock", async () => {
    using sandbox = new Sandbox();
    const folder = await cluster(sandbox);
    expect(await status(sandbox)).toEqual({
      run: undefined,
      isRunning: false,
      lock: { state: "free" },
      applied: [],
      unreachable: [],
      stale: [],
      folder,
    });
  });

  it("has the step and the error of a failed run, who started it, and its changes", async () => {
    using sandbox = new Sandbox();
    const folder = await cluster(sandbox);
    write(folder, [...halfway, failed(new Failure("port in use", { host: "lb1", hint: "free it" }))]);
    const { run, isRunning, applied } = await status(sandbox);
    expect(run).toMatchObject({
      runId: RUN,
      mode: "migrate",
      by: "anna@laptop",
      end: {
        how: "failed",
        step: "keepalived",
        error: { message: "port in use", host: "lb1", hint: "free it" },
      },
      complete: [{ id: "haproxy" }],
      remaining: [{ id: "keepalived" }],
    });
    expect(isRunning).toBe(false);
    expect(applied).toEqual([{ step: "haproxy", change, before: { value: "0" } }]);
  });

  it.each([
    ["done", [...halfway, { type: "run-done", report } as const]],
    ["stopped", [...halfway, failed(new Stopped("stopped as requested, between two changes"))]],
    [
      "stopped",
      [
        started,
        ...["haproxy", "keepalived"].map((step) => ({ type: "step-done", step, changes: 0, ms: 1 }) as const),
      ],
    ],
    ["rolled-back", [{ ...started, mode: "rollback" }, { type: "rolled-back", report } as const]],
    ["unknown", halfway],
  ] as const)("tells how a run ended: %s", async (how, events) => {
    using sandbox = new Sandbox();
    write(await cluster(sandbox), events);
    const { run, isRunning } = await status(sandbox);
    expect(run?.end.how).toBe(how);
    expect(isRunning).toBe(false);
  });

  it("is read while a run holds the lock, without disturbing it", async () => {
    using sandbox = new Sandbox();
    const folder = await cluster(sandbox);
    const since = new Date().toISOString();
    const lock = await lockCluster(sandbox.fleet(), `anna@laptop, process 1, since ${since}`);
    write(folder, halfway);
    const found = await status(sandbox);
    expect(found.lock).toEqual({ state: "held", holder: `anna@laptop, process 1, since ${since}` });
    expect(found.isRunning).toBe(true);
    expect(lock.isLost()).toBe(false);
    await lock.release();
  });

  it("does not take a run for the one that took the lock after it", async () => {
    using sandbox = new Sandbox();
    write(await cluster(sandbox), halfway);
    const lock = await lockCluster(sandbox.fleet(), "ben@desk, process 2, since 2999-01-01T00:00:00.000Z");
    expect(await status(sandbox)).toMatchObject({ isRunning: false, lock: { state: "held" } });
    await lock.release();
  });

  it("reads journals that only the masters have, and writes nothing", async () => {
    using sandbox = new Sandbox();
    const folder = await cluster(sandbox);
    sandbox.file(COPY, halfway.map((event) => `${JSON.stringify({ at: AT, ...event })}\n`).join(""));
    expect(await status(sandbox)).toMatchObject({ run: { runId: RUN }, applied: [{ step: "haproxy" }] });
    expect(existsSync(folder)).toBe(false);
  });

  it("ignores a run that another machine has rolled back, if all masters show that", async () => {
    using sandbox = new Sandbox();
    const folder = await cluster(sandbox);
    write(folder, halfway);
    writeFileSync(join(folder, `${RUN}.ndjson.copied`), "");
    expect(await status(sandbox)).toMatchObject({ run: undefined, stale: [`${RUN}.ndjson`], applied: [] });
    expect(await status(sandbox, ["master3"])).toMatchObject({ run: { runId: RUN }, stale: [] });
  });

  it("knows no lock without the first master, and names it", async () => {
    using sandbox = new Sandbox();
    write(await cluster(sandbox), halfway);
    const { run, isRunning, lock, unreachable } = await status(sandbox, ["master1"]);
    expect({ id: run?.runId, isRunning, lock }).toEqual({
      id: RUN,
      isRunning: undefined,
      lock: { state: "unknown" },
    });
    expect(unreachable.map(({ host }) => host)).toEqual(["master1"]);
  });

  it("needs no master if this machine has a journal", async () => {
    using sandbox = new Sandbox();
    write(await cluster(sandbox), halfway);
    const { run, unreachable } = await status(sandbox, ["master1", "master2", "master3"]);
    expect(run?.runId).toBe(RUN);
    expect(unreachable).toHaveLength(3);
  });

  it("is unknown without a master and without a journal", async () => {
    using sandbox = new Sandbox();
    await expect(status(sandbox, ["master1", "master2", "master3"])).rejects.toThrow(Unreachable);
  });
});
