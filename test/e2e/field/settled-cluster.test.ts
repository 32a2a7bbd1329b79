import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectPodToReachApi,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack, itServesWithoutFirstMaster } from "../ending.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";
const FILES =
  "/etc/kubernetes/policies/* /etc/kubernetes/encryption/* /etc/kubernetes/oidc/* /etc/kubernetes/policies /etc/kubernetes/encryption";

/** An apiserver with additional files, and add-ons that are pinned to the first master. */
describe("a migration of a cluster with local customizations", () => {
  const { lab, start } = useScenario("settled-cluster", {
    "cluster.addOns": "patch",
    "cluster.certificateReload": "restart",
  });

  it("reports pinned add-ons if it must not patch them", async () => {
    const unpatched = await Program.make(lab);
    const { stdout, exitCode } = await unpatched.run("plan");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("DaemonSet kube-system/agent connects to the API at 10.88.0.11:6443");
    expect(stdout).toContain(
      "ConfigMap kube-system/kubernetes-services-endpoint connects to the API at 10.88.0.11",
    );
  });

  it("lists the files that it copies, without their content", async () => {
    const { stdout } = await start().program.run("plan");
    for (const path of [
      "policies/audit.yaml",
      "policies/admission.yaml",
      "encryption/secrets.yaml",
      "oidc/ca.crt",
    ]) {
      expect(stdout).toContain(`/etc/kubernetes/${path}`);
    }
    expect(stdout).not.toContain("aescbc");
  });

  it("results in three masters with the same files, and patches the pinned add-ons", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectPodToReachApi(lab);
    expect(await uids(lab)).toBe(start().objects);
    const sums = `sha256sum ${FILES} 2>/dev/null; stat -c '%a %u:%g %n' ${FILES} /var/log/kubernetes`;
    const first = await on(lab, "master1", `${sums} || true`);
    expect(first).toContain("/etc/kubernetes/encryption/secrets.yaml");
    for (const host of ["master2", "master3"]) expect(await on(lab, host, `${sums} || true`)).toBe(first);
    const map = "-n kube-system get configmap kubernetes-services-endpoint -o jsonpath='{.data}'";
    expect(await kubectl(lab, map)).toContain(VIP);
    const env = "-n kube-system get daemonset agent -o jsonpath='{.spec.template.spec.containers[0].env}'";
    expect(await kubectl(lab, env)).toContain(VIP);
    const pods = "-n kube-system get pods -l app=agent --field-selector=status.phase=Running -o name";
    expect((await kubectl(lab, pods)).trim().split("\n")).toHaveLength(4);
  });

  it("can read on every master a Secret that another encrypted", async () => {
    for (const n of [1, 2, 3]) {
      const read = `--server https://10.88.0.1${n}:6443 get secret demo -o jsonpath='{.data.word}' | base64 -d`;
      expect(await kubectl(lab, read)).toBe("unchanged");
    }
    const etcd =
      "etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/server.crt --key /etc/kubernetes/pki/etcd/server.key";
    const stored = await kubectl(
      lab,
      `-n kube-system exec etcd-master1 -- ${etcd} get /registry/secrets/default/demo | head -c 60 | tr -d '\\0'`,
    );
    expect(stored).toContain("k8s:enc:aescbc:v1:one");
  });

  itFindsNothingToChange(start);
  itServesWithoutFirstMaster(lab, `${VIP}:6443`);

  it("has kube-proxy's tables on a new master, which a rollback must remove", async () => {
    expect(await on(lab, "master2", "nft list tables")).toContain("table ip kube-proxy");
  });

  itRollsBack(lab, start);
});
