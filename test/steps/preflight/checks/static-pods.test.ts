import { describe, expect, it } from "vitest";
import { blocker } from "../../../../src/steps/preflight/check.js";
import { staticPods } from "../../../../src/steps/preflight/checks/static-pods.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const problemsWith = (kubernetesVersion: string, names: readonly string[]) =>
  staticPods.problems(
    { kubernetesVersion, pods: { found: new Map([["master2", names]]), failures: [] } },
    labInventory(),
  );

describe("check static-pods", () => {
  it("reports static pods on a machine that has yet to join", () => {
    expect(problemsWith("v1.20.2", ["haproxy", "keepalived"])).toEqual([
      blocker(
        "master2",
        "/etc/kubernetes/manifests contains static pods, and kubeadm does not join such a machine: haproxy, keepalived",
        "move them out of that directory on master2; k8s-ha writes the load balancer's static pods after the join",
      ),
    ]);
  });

  it("accepts a machine without them, and any machine from kubeadm 1.23 on", () => {
    expect(problemsWith("v1.20.2", [])).toEqual([]);
    expect(problemsWith("v1.22.17", ["haproxy"])).toHaveLength(1);
    expect(problemsWith("v1.23.0", ["haproxy"])).toEqual([]);
  });

  it("reads the machines that no join has changed", async () => {
    using first = new Sandbox();
    using other = new Sandbox();
    using touched = new Sandbox();
    servesFreshCluster(first);
    for (const sandbox of [other, touched]) sandbox.file("/etc/kubernetes/manifests/haproxy.yaml", "");
    touched.file("/etc/kubernetes/kubelet.conf", "");
    const { pods } = await staticPods.probe(looking(first, { master2: other, master3: touched }));
    expect(pods).toEqual({ found: new Map([["master2", ["haproxy"]]]), failures: [] });
  });
});
