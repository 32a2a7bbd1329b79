import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { referenceOf } from "../chaos/reference.js";
import { Results } from "../chaos/results.js";
import { Lab } from "../lab/lab.js";
import {
  digest,
  expectHighlyAvailable,
  expectNothingToDo,
  expectToServe,
  joinFlags,
  kubectl,
  on,
  uids,
} from "./cluster.js";
import { Program, sorted } from "./k8s-ha.js";

const VIP = "10.88.0.100";

describe("a migration with dedicated load balancers", () => {
  const lab = new Lab();
  let program: Program;
  let before: string;

  beforeAll(async () => {
    await lab.fresh({ scenario: "default" });
    program = await Program.make(lab);
    before = await uids(lab);
  });

  it("prints its plan and writes nothing anywhere", async () => {
    const state = await digest(lab);
    const { stdout, exitCode } = await program.run("plan", "--detailed-exitcode");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/Plan: \d+ changes on 6 hosts, \d+ unchanged, 0 blockers/);
    expect(stdout).toContain("+controlPlaneEndpoint: 10.88.0.100:6443");
    expect(stdout).toContain("auth_pass [secret]");
    expect(await digest(lab)).toBe(state);
  });

  it("refuses to change anything without --yes if it cannot prompt", async () => {
    const { stderr, exitCode } = await program.run("migrate");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("--yes");
  });

  it("results in three masters behind the VIP from a saved plan, change by change, with no object lost", async () => {
    const saved = join(program.folder, "plan.json");
    const planned = await program.planned("--out", saved);
    const { stdout, stderr, exitCode } = await program.run("migrate", "--plan", saved, "--yes");
    expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
    expect(stderr).not.toContain("not in the plan");
    expect(sorted(program.begun())).toEqual(sorted(planned));
    console.log(stdout.slice(stdout.indexOf("done: ")));
    // The chaos runs of this build are compared with this one.
    const [reference] = await Promise.all([referenceOf(lab, program), expectHighlyAvailable(lab, VIP)]);
    new Results().keepReference(reference);
    expect(await uids(lab)).toBe(before);
  });

  it("leaves no client pointing to another master's address", async () => {
    const files = "/etc/kubernetes /home/*/.kube /root/.kube";
    for (const [host, own] of [
      ["master1", "10.88.0.11"],
      ["master2", "10.88.0.12"],
      ["master3", "10.88.0.13"],
      ["worker1", "none"],
    ] as const) {
      const named = await on(lab, host, `grep -rsh 'server: https://' ${files} | sort -u`);
      const allowed = [`server: https://${own}:6443`, `server: https://${VIP}:6443`];
      expect(
        named
          .trim()
          .split(/\n\s*/)
          .filter((line) => !allowed.includes(line)),
      ).toEqual([]);
      const direct = await on(lab, host, `grep -rsl 'server: https://${own}:6443' ${files} | sort || true`);
      // The kubeconfigs that kubeadm itself points to the master's own apiserver.
      const local = ["controller-manager", "kubelet", "scheduler"].map(
        (name) => `/etc/kubernetes/${name}.conf`,
      );
      expect(direct.trim().split("\n")).toEqual(own === "none" ? [""] : local);
    }
    for (const map of ["-n kube-system get cm kube-proxy", "-n kube-public get cm cluster-info"]) {
      expect(await kubectl(lab, `${map} -o yaml`)).toContain(`server: https://${VIP}:6443`);
    }
    const endpoints = await kubectl(
      lab,
      "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'",
    );
    expect(endpoints.split(" ").sort()).toEqual(["10.88.0.11", "10.88.0.12", "10.88.0.13"]);
  });

  it("keeps a backup with a complete etcd snapshot", async () => {
    const files = await on(
      lab,
      "master1",
      "for run in /var/backups/k8s-ha/*/; do cd $run && sha256sum -c SHA256SUMS && stat -c '%a' etcd.db || exit 1; done",
    );
    expect(files).toContain("etcd.db: OK");
    expect(files.trim().endsWith("600")).toBe(true);
  });

  it("writes no secret to its journal", async () => {
    const text = program.journal();
    const password = await on(lab, "lb1", "sed -n 's/^ *auth_pass *//p' /etc/keepalived/keepalived.conf");
    expect(password.trim()).toMatch(/^\w{8}$/);
    expect(text).not.toContain(password.trim());
    expect(text).not.toContain("PRIVATE KEY");
  });

  it("changes nothing in a second run, and verifies everything on request", async () => {
    await expectNothingToDo(program);
  });

  it("lets a worker join through the VIP afterwards", async () => {
    await lab.powerOn("worker2");
    const command = await on(
      lab,
      "master1",
      "kubeadm token create --ttl 10m --print-join-command 2>/dev/null",
    );
    expect(command).toContain(`${VIP}:6443`);
    await on(lab, "worker2", `systemctl enable -q kubelet; ${command.trim()} ${await joinFlags(lab)} 2>&1`);
    await kubectl(lab, "wait --for=condition=Ready node/worker2 --timeout=90s");
  });

  it("keeps serving when the first master is switched off", async () => {
    await lab.powerOff("master1");
    await expectToServe(lab, `${VIP}:6443`);
    await lab.powerOn("master1");
  });
});
