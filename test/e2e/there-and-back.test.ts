import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../lab/lab.js";
import { beginAt, type Beginning } from "./beginning.js";
import { expectHighlyAvailable, kubectl, on, uids } from "./cluster.js";
import { expectRollback } from "./ending.js";
import { sorted } from "./k8s-ha.js";
import { stateOf } from "./state.js";

const VIP = "10.88.0.100";

/**
 * The non-default choices of the inventory, sudo with a password, a killed run and a join that fails half-way; then a
 * rollback of all of it, and a failure that triggers a rollback.
 */
describe("a migration with non-default choices, and its rollback", () => {
  const lab = new Lab();
  let start: Beginning;

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    start = await beginAt(lab, "default", {
      "cluster.pki": "copy",
      "cluster.kubeconfigs": "endpoint",
      "cluster.advertise": "endpoint",
      "cluster.certificateReload": "restart",
      "ssh.user": "ops",
      "ssh.sudoPasswordFile": lab.files().sudoPassword,
      "backup.operatorCopy": "encrypted",
      "backup.operatorDirectory": "copies",
      "backup.passphraseFile": "passphrase",
    });
    writeFileSync(join(start.program.folder, "passphrase"), "correct horse battery staple\n", {
      mode: 0o600,
    });
  });

  it("has nothing to roll back if nothing was changed, and reports where it looked for journals", async () => {
    const { stderr, exitCode } = await start.program.run("rollback", "--yes");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/nothing to roll back: no journal in .*k8s-ha/);
  });

  it("refuses a saved plan if a host has drifted, and names the change", async () => {
    const { program } = start;
    const saved = join(program.folder, "plan.json");
    expect((await program.run("plan", "--out", saved)).exitCode).toBe(0);
    await on(lab, "lb1", "sysctl -q -w net.ipv4.ip_nonlocal_bind=1");
    const { stderr, exitCode } = await program.run("migrate", "--plan", saved, "--yes");
    await on(lab, "lb1", "sysctl -q -w net.ipv4.ip_nonlocal_bind=0");
    expect(exitCode).toBe(8);
    expect(stderr).toContain("nonlocal-bind, lb1: set net.ipv4.ip_nonlocal_bind = 1: no longer needed");
    expect(program.journal()).toBe("");
  });

  it("migrates a part, verifies it, and lists what is pending", async () => {
    const part = ["--until", "nonlocal-bind", "--limit", "lb2"];
    const planned = await start.program.planned(...part);
    const { stdout, stderr, exitCode } = await start.program.run("migrate", "--yes", ...part);
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(stdout).toContain("pending on master1, lb1 (skipped by --limit)");
    expect(sorted(start.program.begun())).toEqual(sorted(planned));
    expect(new Set(planned.map(({ step, change }) => (step === "backup" ? "" : change.host)))).toEqual(
      new Set(["", "lb2"]),
    );
    const refused = await start.program.run("plan", "--from", "haproxy");
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toContain("--from requires step cluster-configuration, which is not complete");
  });

  it("is killed while a master joins", async () => {
    await breakJoin("master3");
    await start.program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
  });

  it("detects that join when resumed; stops when the next one fails, and reports the host, the reason and the command to continue", async () => {
    const { stderr, exitCode } = await start.program.run("migrate", "--yes", "--resume");
    expect(stderr).toContain("which stopped in step join");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("k8s-ha: master3, step join: exit code 1");
    expect(stderr).toContain("mount not found in system path");
    expect(stderr).toMatch(/continue with: k8s-ha migrate .* --resume/);
    const left = await on(lab, "master3", "ls /run/k8s-ha/join.yaml 2>&1 || true");
    expect(left).toContain("No such file");
  });

  it("continues with --resume, with the same result", async () => {
    await repairJoin("master3");
    const done = start.program.begun().length;
    const planned = await start.program.planned();
    const { stderr, exitCode } = await start.program.run("migrate", "--yes", "--resume");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain("which stopped in step join");
    expect(sorted(start.program.begun().slice(done))).toEqual(sorted(planned));
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start.objects);
  });

  it("points control-plane components and the advertised address to the endpoint", async () => {
    for (const n of [1, 2, 3]) {
      const files = "/etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf";
      const servers = await on(lab, `master${n}`, `grep -h server: ${files} | sort -u`);
      expect(servers.trim()).toBe(`server: https://${VIP}:6443`);
    }
    const endpoints = await kubectl(
      lab,
      "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'",
    );
    expect(endpoints).toBe(VIP);
  });

  it("copies exactly the shared files, with their modes", async () => {
    const list = "cd /etc/kubernetes/pki && sha256sum {ca,front-proxy-ca,etcd/ca}.{crt,key} sa.key sa.pub";
    const [first, second] = await Promise.all(
      ["master1", "master2"].map((host) => on(lab, host, `bash -c '${list}'`)),
    );
    expect(second).toBe(first);
    const modes = await on(
      lab,
      "master2",
      "stat -c '%a %U' /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/ca.crt",
    );
    expect(modes).toBe("600 root\n644 root");
  });

  it("fetches encrypted copies of the backups, and no key in plain text", async () => {
    const folder = join(start.program.folder, "copies");
    const runs = readdirSync(folder).sort();
    expect(runs).toHaveLength(4);
    const copy = join(folder, runs[0] ?? "", "master1.tar.gz.enc");
    expect(existsSync(copy)).toBe(true);
    expect(readFileSync(copy).subarray(0, 8).toString()).toBe("Salted__");
    const decrypt = `openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -pass file:${start.program.folder}/passphrase -in ${copy} | tar -tzf -`;
    const { stdout } = await lab.exec(["sh", "-c", decrypt]);
    expect(stdout).toContain("etcd.db");
  });

  it("changes nothing in a second run", async () => {
    const { stdout, exitCode } = await start.program.run("migrate", "--yes");
    expect(stdout).toContain("Plan: no changes");
    expect(`${exitCode} ${stdout}`).toMatch(/^0 /);
  });

  it("refuses to roll back after a manual change, and changes nothing", async () => {
    await on(lab, "lb1", "echo '# by hand' >>/etc/haproxy/haproxy.cfg");
    const { stdout, exitCode: refused } = await start.program.run("rollback", "--yes");
    expect(refused).toBe(1);
    expect(stdout).toContain("/etc/haproxy/haproxy.cfg was modified outside k8s-ha");
    await on(lab, "lb1", "sed -i '/^# by hand$/d' /etc/haproxy/haproxy.cfg");
    await expectHighlyAvailable(lab, VIP);
  });

  it("shows what would be undone, and changes nothing", async () => {
    const state = await stateOf(lab);
    const { stdout, exitCode } = await start.program.run("rollback", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("master3: remove master3 from etcd and the cluster, kubeadm reset");
    expect(stdout).toMatch(/\d+ changes to undo on 6 hosts, 0 blockers/);
    expect(await stateOf(lab)).toEqual(state);
  });

  it("rolls back to one master with nothing lost, although the rollback was killed once", async () => {
    const revision = await etcd("endpoint status -w json");
    await start.program.runUntil('"type":"undo-started","step":"join"', "rollback", "--yes");
    await expectRollback(lab, start);
    expect(await etcd("member list")).toMatch(/^[0-9a-f]+, started, master1, .*$/m);
    expect((await etcd("member list")).trim().split("\n")).toHaveLength(1);
    expect(revisionIn(await etcd("endpoint status -w json"))).toBeGreaterThanOrEqual(revisionIn(revision));
    const { stdout } = await lab.exec([
      "sh",
      "-c",
      `curl -sk --max-time 3 https://${VIP}:6443/readyz || true`,
    ]);
    expect(stdout).toBe("");
  });

  it("rolls back by itself after a failure if requested: every byte is restored", async () => {
    // A cluster that was migrated and rolled back is migrated again.
    await breakJoin("master2");
    const { stderr, exitCode } = await start.program.run("migrate", "--yes", "--on-failure", "rollback");
    expect(`${exitCode} ${stderr}`).toMatch(/^5 /);
    expect(stderr).toContain("mount not found in system path");
    await repairJoin("master2");
    expect(await stateOf(lab)).toEqual(start.state);
  });

  /**
   * Makes the host's join fail: kubeadm needs `mount`, which is removed once the join starts, after k8s-ha's kubeadm
   * preflight checks.
   */
  const breakJoin = (host: string) => {
    const script = "until [ -e /run/k8s-ha/join.yaml ]; do sleep 0.02; done; chmod -x /usr/bin/mount";
    return on(lab, host, `systemd-run -q --collect --unit break-join sh -c '${script}'`);
  };
  const repairJoin = (host: string) => on(lab, host, "chmod +x /usr/bin/mount");

  const etcd = (command: string): Promise<string> => {
    const pki = "/etc/kubernetes/pki/etcd";
    const login = `--endpoints https://127.0.0.1:2379 --cacert ${pki}/ca.crt --cert ${pki}/server.crt --key ${pki}/server.key`;
    return kubectl(lab, `-n kube-system exec etcd-master1 -- etcdctl ${login} ${command}`);
  };
  const revisionIn = (status: string): number => Number(/"revision":(\d+)/.exec(status)?.[1]);
});
