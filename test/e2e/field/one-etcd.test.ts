import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectMigration,
  expectToServe,
  expectToServeWithout,
  on,
  uids,
} from "../cluster.js";
import { itFindsNothingToChange, itRollsBack } from "../ending.js";

const VIP = "10.88.0.100";
const WARNING = "master1 stays a single point of failure";

describe("a migration that keeps etcd only on the first master", () => {
  const { lab, start } = useScenario("one-etcd");
  const servers = (host: string) =>
    on(lab, host, "sed -n 's/.*--etcd-servers=//p' /etc/kubernetes/manifests/kube-apiserver.yaml");

  it("results in three apiservers on one etcd, warns about it, and no object is lost", async () => {
    const { stdout } = await expectMigration(start().program);
    expect(stdout).toContain(WARNING);
    await expectHighlyAvailable(lab, VIP, { members: 1 });
    expect(await uids(lab)).toBe(start().objects);
    expect(await servers("master1")).toBe("https://127.0.0.1:2379");
    for (const host of ["master2", "master3"]) {
      expect(await servers(host)).toBe("https://10.88.0.11:2379");
      expect(await on(lab, host, "ls /etc/kubernetes/manifests")).not.toContain("etcd");
    }
  });

  itFindsNothingToChange(start);

  it("leaves kubeadm able to renew the certificates of etcd on the first master", async () => {
    const known = await on(lab, "master1", "kubeadm certs check-expiration");
    for (const name of ["etcd-server", "etcd-peer", "apiserver-etcd-client"]) expect(known).toContain(name);
  });

  it("keeps serving without another master, but not without the first one", async () => {
    await expectToServeWithout(lab, "master2", `${VIP}:6443`);
    await lab.powerOff("master1");
    const script = `sleep 20; for i in 1 2 3; do curl -sk --max-time 3 https://${VIP}:6443/readyz; sleep 1; done`;
    expect((await lab.exec(["sh", "-c", script])).stdout).not.toMatch(/^ok|ok$/);
    await lab.powerOn("master1");
    await expectToServe(lab, `${VIP}:6443`);
  });

  itRollsBack(lab, start);
});
