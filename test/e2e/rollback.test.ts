import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../lab/lab.js";
import { expectHighlyAvailable, kubectl, on } from "./cluster.js";
import { Program } from "./k8s-ha.js";
import { stateOf } from "./state.js";

const VIP = "10.88.0.100";

describe("a rollback", () => {
  const lab = new Lab();
  let program: Program;
  let before: Record<string, string>;

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    await lab.restore("fresh", { settled: true });
    program = await Program.make(lab);
    before = await stateOf(lab);
  });

  it("has nothing to do where nothing was changed, and says where it looked", async () => {
    const { stderr, exitCode } = await program.run("rollback", "--yes");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/there is nothing to take back: no journal in .*k8s-ha/);
  });

  it("before the first join: every byte is as it was, although the run was killed", async () => {
    await program.runUntil('"type":"step-started","step":"join"', "migrate", "--yes");
    const { stderr, exitCode } = await program.run("rollback", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(await stateOf(lab)).toEqual(before);
  });

  it("is refused while something was changed by hand since, and leaves everything as it is", async () => {
    const { exitCode } = await program.run("migrate", "--yes");
    expect(exitCode).toBe(0);
    await on(lab, "lb1", "echo '# by hand' >>/etc/haproxy/haproxy.cfg");
    const { stdout, exitCode: refused } = await program.run("rollback", "--yes");
    expect(refused).toBe(1);
    expect(stdout).toContain("/etc/haproxy/haproxy.cfg is not as k8s-ha wrote it");
    await on(lab, "lb1", "sed -i '/^# by hand$/d' /etc/haproxy/haproxy.cfg");
    await expectHighlyAvailable(lab, VIP);
  });

  it("shows its plan, and changes nothing for it", async () => {
    const state = await stateOf(lab);
    const { stdout, exitCode } = await program.run("rollback", "--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("master3: take master3 out of etcd and the cluster, kubeadm reset");
    expect(stdout).toMatch(/37 changes to take back on 6 hosts, 0 blocked/);
    expect(await stateOf(lab)).toEqual(state);
  });

  it("goes on where it was killed, back to the one master with nothing lost", async () => {
    const revision = await etcd("endpoint status -w json");
    await program.runUntil('"type":"undo-started","step":"join"', "rollback", "--yes");
    const { stderr, exitCode } = await program.run("rollback", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(await stateOf(lab)).toEqual(before);
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

  it("leaves a cluster that can be migrated again", async () => {
    const { stderr, exitCode } = await program.run("migrate", "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    await expectHighlyAvailable(lab, VIP);
  });

  it("follows a failure where that is wished for", async () => {
    await lab.restore("fresh", { settled: true });
    program = await Program.make(lab);
    const fresh = await stateOf(lab);
    // kubeadm's own preflight wants conntrack; ours does not look for it.
    await on(lab, "master2", "chmod -x /usr/sbin/conntrack");
    const { stderr, exitCode } = await program.run("migrate", "--yes", "--on-failure", "rollback");
    expect(`${exitCode} ${stderr}`).toMatch(/^5 /);
    expect(stderr).toContain("conntrack");
    await on(lab, "master2", "chmod +x /usr/sbin/conntrack");
    expect(await stateOf(lab)).toEqual(fresh);
  });

  const etcd = (command: string): Promise<string> => {
    const pki = "/etc/kubernetes/pki/etcd";
    const login = `--endpoints https://127.0.0.1:2379 --cacert ${pki}/ca.crt --cert ${pki}/server.crt --key ${pki}/server.key`;
    return kubectl(lab, `-n kube-system exec etcd-master1 -- etcdctl ${login} ${command}`);
  };
  const revisionIn = (status: string): number => Number(/"revision":(\d+)/.exec(status)?.[1]);
});
