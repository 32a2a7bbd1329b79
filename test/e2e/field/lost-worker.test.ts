import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { Lab } from "../../lab/lab.js";
import { beginAt, type Beginning } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectNothingToDo,
  expectToServe,
  kubectl,
  uids,
} from "../cluster.js";
import { expectRollback } from "../ending.js";
import type { Program } from "../k8s-ha.js";
import { stateOf } from "../state.js";

const VIP = "10.88.0.100";

/** Without what k8s-ha keeps until a rollback is complete: the copies of its journals. */
const withoutJournals = (state: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(state).map(([name, listing]) => [
      name,
      listing
        .split("\n")
        .filter((line) => !line.startsWith("file /var/lib/k8s-ha"))
        .join("\n"),
    ]),
  );

/** `--skip-host`: a machine is off, and everything else works on. */
describe("a run without a lost machine", () => {
  const lab = new Lab();
  let start: Beginning;

  beforeEach(async () => {
    start = await beginAt(lab, "default");
  }, 3_600_000);

  const nodesAreReady = () => kubectl(lab, "wait --for=condition=Ready nodes --all --timeout=240s");

  /** Pulls a host's power cable when a change is started; returns the end of the run. */
  async function runAndLose(
    program: Program,
    host: string,
    isDue: (journal: string) => boolean,
    ...words: [string, ...string[]]
  ): Promise<{ readonly exitCode: number | null; readonly output: string }> {
    const child = program.start(...words);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "close");
    const end = Date.now() + 240_000;
    while (!isDue(program.journal())) {
      if (Date.now() > end || child.exitCode !== null) throw new Error(`the moment never came\n${output}`);
      await delay(50);
    }
    await lab.powerOff(host);
    await ended;
    return { exitCode: child.exitCode, output };
  }

  /** worker1's kubelet restart has begun. */
  const restartsWorker = (journal: string): boolean =>
    journal
      .split("\n")
      .some(
        (line) =>
          line.includes('"type":"change-started"') &&
          line.includes('"kind":"kubelet-restart"') &&
          line.includes('"host":"worker1"'),
      );

  it("rolls back without a worker that loses power in its kubelet restart; the next rollback restores the worker", async () => {
    const { program, state } = start;
    const words = ["migrate", "--yes", "--on-failure", "rollback"] as const;
    const { exitCode, output } = await runAndLose(program, "worker1", restartsWorker, ...words);
    expect(`${exitCode} ${output}`).toMatch(/^5 /);
    expect(output).toContain(
      "worker1 does not respond: rolling back without it, as with --skip-host worker1",
    );
    expect(output).toMatch(/worker1: skipped \(--skip-host\): \d+ changes? stays? applied there: /);
    expect(output).toContain("run k8s-ha rollback without --skip-host");
    const { worker1, ...others } = state;
    expect(worker1).toBeDefined();
    expect(withoutJournals(await stateOf(lab))).toEqual(withoutJournals(others));

    await lab.powerOn("worker1");
    // The kubelet may have been pointed at the VIP, which is gone: its node is Ready only after this.
    const rest = await program.run("rollback", "--yes");
    expect(`${rest.exitCode} ${rest.stderr} ${rest.stdout}`).toMatch(/^0 /);
    expect(rest.stdout).not.toContain("--skip-host");
    await nodesAreReady();
    expect(await stateOf(lab)).toMatchObject(state);
    expect(await uids(lab)).toBe(start.objects);
  });

  it("continues without a worker that loses power, and changes only the worker when it is back", async () => {
    const { program } = start;
    const { exitCode, output } = await runAndLose(program, "worker1", restartsWorker, "migrate", "--yes");
    expect(`${exitCode} ${output}`).toMatch(/^1 /);
    expect(output).toContain("--skip-host worker1");
    const resumed = await program.run("migrate", "--yes", "--resume", "--skip-host", "worker1");
    expect(`${resumed.exitCode} ${resumed.stderr} ${resumed.stdout}`).toMatch(/^0 /);
    await expectToServe(lab, `${VIP}:6443`);
    // Only the restart was left of its change, which its start has made.
    await expectCompletionOf("worker1");
    await expectRollback(lab, start);
  });

  it.each(["worker1", "lb2"])(
    "migrates and verifies without %s, and changes only it when it is back",
    async (host) => {
      const { program } = start;
      await lab.powerOff(host);
      const refused = await program.run("plan");
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain(`--skip-host ${host}`);
      const { stdout } = await expectMigration(program, "--skip-host", host);
      expect(stdout).toContain(`${host}: skipped (--skip-host): nothing is checked or changed there`);
      await expectToServe(lab, `${VIP}:6443`);
      const verified = await program.run("verify", "--skip-host", host);
      expect(verified.stdout).not.toContain("✗");
      expect(verified.stdout).toContain(`not checked: ${host} (skipped by --skip-host)`);
      expect(verified.exitCode).toBe(0);
      expect(await expectCompletionOf(host)).toContain(host);
    },
  );

  it("does not skip a master, or both load balancers", async () => {
    for (const [names, what] of [
      [["master2"], "is a master"],
      [["lb1", "lb2"], "is the last load balancer"],
    ] as const) {
      const words = names.flatMap((name) => ["--skip-host", name]);
      const { stderr, exitCode } = await start.program.run("plan", ...words);
      expect(`${exitCode} ${stderr}`).toMatch(/^2 /);
      expect(stderr).toContain(what);
    }
  });

  /** Switches the host on, and expects a plain migration to change only it; the backup covers every host. */
  async function expectCompletionOf(host: string): Promise<readonly string[]> {
    const { program } = start;
    await lab.powerOn(host);
    await nodesAreReady();
    const before = program.begun().length;
    await expectMigration(program);
    const changed = program.begun().slice(before);
    const hosts = changed.filter(({ step }) => step !== "backup").map(({ change }) => change.host);
    expect(hosts.filter((name) => name !== host)).toEqual([]);
    await expectHighlyAvailable(lab, VIP);
    await expectNothingToDo(program);
    expect(await uids(lab)).toBe(start.objects);
    return hosts;
  }
});
