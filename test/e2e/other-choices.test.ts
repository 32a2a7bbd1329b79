import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Lab } from "../lab/lab.js";
import { expectHighlyAvailable, kubectl, on, uids } from "./cluster.js";
import { Program, sorted } from "./k8s-ha.js";

const VIP = "10.88.0.100";

/** Every choice of the inventory that is not the default, sudo with a password, and a join that fails half-way. */
describe("a migration with the other choices, resumed after a failed join", () => {
  const lab = new Lab();
  let program: Program;
  let before: string;

  beforeAll(async () => {
    await lab.up({ scenario: "default" });
    await lab.restore("fresh", { settled: true });
    program = await Program.make(lab, {
      "cluster.pki": "copy",
      "cluster.kubeconfigs": "local",
      "cluster.advertise": "node",
      "ssh.user": "ops",
      "ssh.sudoPasswordFile": lab.files().sudoPassword,
      "backup.operatorCopy": "encrypted",
      "backup.operatorDirectory": "copies",
      "backup.passphraseFile": "passphrase",
    });
    writeFileSync(join(program.folder, "passphrase"), "correct horse battery staple\n", { mode: 0o600 });
    before = await uids(lab);
  });

  it("is killed while a master joins", async () => {
    // kubeadm's own preflight wants conntrack; ours does not look for it. For later.
    await on(lab, "master3", "chmod -x /usr/sbin/conntrack");
    await program.runUntil('"type":"change-started","step":"join"', "migrate", "--yes");
  });

  it("finds that join when it goes on; stops where the next one fails, and says where, what and how to go on", async () => {
    const { stderr, exitCode } = await program.run("migrate", "--yes", "--resume");
    expect(stderr).toContain("which ended in the step join");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("k8s-ha: master3, step join: exit code 1");
    expect(stderr).toContain("conntrack");
    expect(stderr).toMatch(/go on with: k8s-ha migrate .* --resume/);
    const left = await on(lab, "master3", "ls /run/k8s-ha/join.yaml 2>&1 || true");
    expect(left).toContain("No such file");
  });

  it("goes on with --resume and ends the same", async () => {
    await on(lab, "master3", "chmod +x /usr/sbin/conntrack");
    const done = program.begun().length;
    const planned = await program.planned();
    const { stderr, exitCode } = await program.run("migrate", "--yes", "--resume");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(stderr).toContain("which ended in the step join");
    expect(sorted(program.begun().slice(done))).toEqual(sorted(planned));
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(before);
  });

  it("left components and announcements local", async () => {
    for (const n of [1, 2, 3]) {
      const files = "/etc/kubernetes/controller-manager.conf /etc/kubernetes/scheduler.conf";
      const servers = await on(lab, `master${n}`, `grep -h server: ${files} | sort -u`);
      expect(servers.trim()).toBe(`server: https://10.88.0.1${n}:6443`);
    }
    const endpoints = await kubectl(
      lab,
      "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'",
    );
    expect(endpoints.split(" ").sort()).toEqual(["10.88.0.11", "10.88.0.12", "10.88.0.13"]);
  });

  it("copied exactly the shared files, with their modes", async () => {
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

  it("brought encrypted copies of the backups, and no key in the clear", async () => {
    const folder = join(program.folder, "copies");
    const runs = readdirSync(folder).sort();
    expect(runs).toHaveLength(3);
    const copy = join(folder, runs[0] ?? "", "master1.tar.gz.enc");
    expect(existsSync(copy)).toBe(true);
    expect(readFileSync(copy).subarray(0, 8).toString()).toBe("Salted__");
    const decrypt = `openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -pass file:${program.folder}/passphrase -in ${copy} | tar -tzf -`;
    const { stdout } = await lab.exec(["sh", "-c", decrypt]);
    expect(stdout).toContain("etcd.db");
  });

  it("finds nothing to change the second time", async () => {
    const { stdout, exitCode } = await program.run("migrate", "--yes");
    expect(stdout).toContain("nothing to change");
    expect(exitCode).toBe(0);
  });
});
