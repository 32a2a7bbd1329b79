import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isMap, isSeq, parseDocument } from "yaml";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectToServe, on, uids } from "../cluster.js";
import { expectRollback } from "../ending.js";

const VIP = "10.88.0.100";
const PLAYBOOK = join(import.meta.dirname, "../../../playbooks/migrate.yaml");

/** The default playbook, with an operator's steps between its own. */
function playbookWith(folder: string): string {
  const document = parseDocument(readFileSync(PLAYBOOK, "utf8"));
  const steps = document.get("steps");
  if (!isSeq(steps)) throw new Error("the playbook has no steps");
  const before = (id: string, ...own: object[]): void => {
    const index = steps.items.findIndex((item) => isMap(item) && item.get("step") === id);
    steps.items.splice(index, 0, ...own.map((entry) => document.createNode(entry)));
  };
  const done = join(folder, "silenced");
  before("backup", {
    run: "silence-alerts",
    on: "operator",
    check: 'test -e "$FILE"',
    apply: 'echo "$K8S_HA_ENDPOINT $WHY" >"$FILE"',
    undo: 'rm -f "$FILE"',
    env: { FILE: done, WHY: `it's "$HOME"; a migration` },
    alone: false,
  });
  before("keepalived", { confirm: "Is the VIP free in every switch?" }, { pause: "3s" });
  before("join", {
    run: "note-migration",
    on: ["controlPlane", "workers"],
    serial: 1,
    check: 'grep -qx "$K8S_HA_HOST of $K8S_HA_FIRST_MASTER" /etc/migration',
    apply: 'echo "$K8S_HA_HOST of $K8S_HA_FIRST_MASTER" >/etc/migration\nsleep 1',
    undo: "rm -f /etc/migration",
  });
  before(
    "revoke",
    {
      wait: "nodes-ready",
      on: "firstMaster",
      check:
        'test "$(kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes --no-headers | grep -cw Ready)" = 4',
      timeout: "2m",
      every: "2s",
    },
    { run: "notify", on: "firstMaster", check: "test -e /run/notified", apply: "touch /run/notified" },
  );
  const path = join(folder, "playbook.yaml");
  writeFileSync(path, document.toString());
  return path;
}

describe("a migration with user steps in the playbook", () => {
  const { lab, start } = useScenario("default");
  let playbook: string;
  const silenced = () => join(start().program.folder, "silenced");

  beforeAll(() => {
    playbook = playbookWith(start().program.folder);
  });

  it("is refused if the order of the steps would lose the API, before any host is queried", async () => {
    const path = join(start().program.folder, "unsafe.yaml");
    writeFileSync(
      path,
      readFileSync(playbook, "utf8")
        .replace("  - step: serving-certificate\n", "")
        .replace("  - step: revoke\n", "  - step: serving-certificate\n  - step: revoke\n"),
    );
    const { stderr, exitCode } = await start().program.run("plan", "--playbook", path);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(
      /unsafe\.yaml:\d+:\d+: steps\[\d+\]\.step: kubelet-kubeconfig must come after serving/,
    );
  });

  it("lists them in the plan, and runs only their checks", async () => {
    const { stdout, exitCode } = await start().program.run("plan", "--playbook", playbook);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  + operator: run silence-alerts\n");
    expect(stdout).toContain("  + worker1: run note-migration\n");
    expect(stdout).toContain("  + master1: run notify (cannot be undone: it has no undo)\n");
    expect(stdout).toContain("… Ask: Is the VIP free in every switch?  [confirm 1]");
    expect(stdout).toContain("… Pause for 3 s  [pause 1]");
    expect(existsSync(silenced())).toBe(false);
    expect(await on(lab, "worker1", "ls /etc/migration || true")).toBe("");
  });

  it("results in three masters, and runs each step where and when the playbook specifies", async () => {
    await expectMigration(start().program, "--playbook", playbook);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    expect(readFileSync(silenced(), "utf8")).toBe(`${VIP}:6443 it's "$HOME"; a migration\n`);
    for (const name of ["master1", "master2", "master3", "worker1"]) {
      expect(await on(lab, name, "cat /etc/migration")).toBe(`${name} of master1`);
    }
    const begun = start()
      .program.begun()
      .map(({ step }) => step);
    const at = (step: string) => begun.indexOf(step);
    expect([at("silence-alerts") < at("backup"), at("note-migration") < at("join")]).toEqual([true, true]);
    expect(begun.filter((step) => step === "note-migration")).toHaveLength(4);
    expect(start().program.journal()).toContain('"type":"step-done","step":"nodes-ready"');
  });

  it("changes nothing in a second run, also after the alert silence was removed", async () => {
    await lab.exec(["rm", silenced()]);
    const again = await start().program.run("migrate", "--yes", "--playbook", playbook);
    expect(again.stdout).toContain("Plan: no changes");
    expect(again.exitCode).toBe(0);
    const verified = await start().program.run("verify", "--playbook", playbook);
    expect(verified.stdout).not.toContain("✗");
    expect(verified.stdout).toContain("check of note-migration");
    expect(verified.exitCode).toBe(0);
    await expectToServe(lab, `${VIP}:6443`);
  });

  it("repeats only the change that an operator undid", async () => {
    await on(lab, "worker1", "rm /etc/migration");
    const { stdout, exitCode } = await start().program.run("migrate", "--yes", "--playbook", playbook);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("  + worker1: run note-migration\n");
    expect(stdout).not.toContain("  + master2: run note-migration\n");
    expect(await on(lab, "worker1", "cat /etc/migration")).toBe("worker1 of master1");
  });

  it("rolls back to one master, and undoes the user steps", async () => {
    const stdout = await expectRollback(lab, start());
    expect(stdout).toContain(
      "run notify (cannot be undone: it has no undo): the playbook's step has no undo",
    );
    expect(existsSync(silenced())).toBe(false);
  });
});
