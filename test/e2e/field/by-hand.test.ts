import { beforeAll, describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, kubectl, on, uids } from "../cluster.js";
import { runDocumentedCommands } from "../docs-commands.js";

/** Without the journal, the operator rolls back with the commands of the docs. */
describe("a migration that is rolled back by hand", () => {
  const { lab, start } = useScenario("default", { "cluster.certificateReload": "restart" });

  beforeAll(async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, "10.88.0.100");
  });

  it("is rolled back with the commands of the docs", async () => {
    expect(await runDocumentedCommands(lab, "Rolling back by hand")).toEqual([
      ...["master1", "master1", "master3", "master1", "master2", "master1,worker1", "master1", "master1"],
      "lb1,lb2",
    ]);
  });

  it("leaves a single master, with no object lost and no reference to the VIP", async () => {
    await kubectl(lab, "wait --for=condition=Ready node/master1 node/worker1 --timeout=60s");
    expect((await kubectl(lab, "get nodes -o name")).trim().split("\n")).toEqual([
      "node/master1",
      "node/worker1",
    ]);
    const members = "KUBECONFIG=/etc/kubernetes/admin.conf sh /root/etcdctl member list";
    expect((await on(lab, "master1", members)).trim().split("\n")).toHaveLength(1);
    expect(await uids(lab)).toBe(start().objects);
    const endpoints = "get endpoints kubernetes -o jsonpath='{.subsets[*].addresses[*].ip}'";
    expect(await kubectl(lab, endpoints)).toBe("10.88.0.11");
    for (const host of ["master1", "worker1"]) {
      expect(await on(lab, host, "grep -rl 10.88.0.100:6443 /etc/kubernetes/*.conf || true")).toBe("");
    }
    for (const map of ["-n kube-system get cm kube-proxy", "-n kube-public get cm cluster-info"]) {
      expect(await kubectl(lab, `${map} -o yaml`)).toContain("server: https://10.88.0.11:6443");
    }
    // kubectl 1.20 waits forever if no deployment is named.
    await kubectl(lab, "-n kube-system rollout status deployment coredns --timeout=60s");
  });

  it("can be migrated again", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, "10.88.0.100");
  });
});
