import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, kubectl, on, uids } from "../cluster.js";
import { itLeavesWhatEveryMigrationDoes } from "../ending.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";
const NAME = "api.lab.example";
const HOSTS = ["master1", "master2", "master3", "worker1", "lb1", "lb2"];

/** The cluster has a name already, which leads to the single master, and shall lead to the VIP. */
describe("a migration with a DNS name as endpoint", () => {
  const { lab, start } = useScenario("dns-endpoint", { "cluster.certificateReload": "restart" });

  it("says where the name leads elsewhere when it may not write it anywhere", async () => {
    const careful = await Program.make(lab, { "cluster.hostsEntry": false });
    const { stdout } = await careful.run("plan");
    expect(stdout).toMatch(new RegExp(`worker1: .*${NAME}`));
  });

  it("makes three masters that are found by the name", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    for (const host of HOSTS) {
      expect(`${host} ${await on(lab, host, `getent ahostsv4 ${NAME} | awk '{ print $1 }' | sort -u`)}`).toBe(
        `${host} ${VIP}`,
      );
    }
    const serverIn = async (host: string, file: string): Promise<string> =>
      (await on(lab, host, `sed -n 's/^ *server: //p' ${file}`)).trim();
    // kubeadm from 1.33 on has the kubelet of a master use the apiserver beside it.
    for (const [number, host] of ["master1", "master2", "master3"].entries()) {
      expect(await serverIn(host, "/etc/kubernetes/admin.conf")).toBe(`https://${NAME}:6443`);
      expect(await serverIn(host, "/etc/kubernetes/kubelet.conf")).toBe(
        `https://10.88.0.${11 + number}:6443`,
      );
    }
    expect(await serverIn("worker1", "/etc/kubernetes/kubelet.conf")).toBe(`https://${NAME}:6443`);
    const map = "-n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}'";
    expect(await kubectl(lab, map)).toContain(`controlPlaneEndpoint: ${NAME}:6443`);
  });

  itLeavesWhatEveryMigrationDoes(lab, `${VIP}:6443`, start);
});
