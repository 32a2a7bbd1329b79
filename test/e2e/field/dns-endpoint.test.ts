import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import {
  expectHighlyAvailable,
  expectKubeletServers,
  expectMigration,
  kubectl,
  on,
  uids,
} from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";
import { Program } from "../k8s-ha.js";

const VIP = "10.88.0.100";
const NAME = "api.lab.example";
const MASTERS = { master1: "10.88.0.11", master2: "10.88.0.12", master3: "10.88.0.13" };
const HOSTS = [...Object.keys(MASTERS), "worker1", "lb1", "lb2"];

/** The cluster already has a name that resolves to the single master; it must resolve to the VIP afterwards. */
describe("a migration with a DNS name as endpoint", () => {
  const { lab, start } = useScenario("dns-endpoint", { "cluster.certificateReload": "restart" });

  it("reports hosts that resolve the name to another address when it must not edit /etc/hosts", async () => {
    const careful = await Program.make(lab, { "cluster.hostsEntry": false });
    const { stdout } = await careful.run("plan");
    expect(stdout).toMatch(new RegExp(`worker1: .*${NAME}`));
  });

  it("results in three masters that are reached by the name", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    expect(await uids(lab)).toBe(start().objects);
    for (const host of HOSTS) {
      expect(`${host} ${await on(lab, host, `getent ahostsv4 ${NAME} | awk '{ print $1 }' | sort -u`)}`).toBe(
        `${host} ${VIP}`,
      );
    }
    await expectKubeletServers(lab, `https://${NAME}:6443`, MASTERS);
    for (const host of Object.keys(MASTERS)) {
      expect(await on(lab, host, "grep server: /etc/kubernetes/admin.conf")).toContain(
        `https://${NAME}:6443`,
      );
    }
    const map = "-n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}'";
    expect(await kubectl(lab, map)).toContain(`controlPlaneEndpoint: ${NAME}:6443`);
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, start);
});
