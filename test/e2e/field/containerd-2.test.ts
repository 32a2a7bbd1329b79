import { describe, expect, it } from "vitest";
import { useScenario } from "../beginning.js";
import { expectHighlyAvailable, expectMigration, expectPodToReachApi, kubectl } from "../cluster.js";
import { itPassesFinalChecks } from "../ending.js";

const VIP = "10.88.0.100";

/** As kubelets from 1.38 on require it: the runtime reports its cgroup driver. */
describe("a migration of hosts with containerd 2", () => {
  const { lab, start } = useScenario("containerd-2");

  it("results in three masters", async () => {
    await expectMigration(start().program);
    await expectHighlyAvailable(lab, VIP);
    await expectPodToReachApi(lab);
    const runtimes = "get nodes -o jsonpath='{.items[*].status.nodeInfo.containerRuntimeVersion}'";
    expect(new Set((await kubectl(lab, runtimes)).split(" "))).toEqual(new Set(["containerd://2.3.7"]));
    const config = "-n kube-system get configmap kubelet-config -o jsonpath='{.data.kubelet}'";
    expect(await kubectl(lab, config)).not.toContain("cgroupDriver: cgroupfs");
  });

  itPassesFinalChecks(lab, `${VIP}:6443`, start);
});
