import { describe, expect, it } from "vitest";
import { clusterInfo } from "../../../../src/steps/preflight/checks/cluster-info.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { status as apiStatus } from "../../../machine/web.js";
import { labInventory } from "../../inventory.js";
import { looking, servesFreshCluster } from "../looking.js";

const PATH = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

describe("check cluster-info", () => {
  it.each([
    ["200", { kind: "ConfigMap" }],
    ["403", apiStatus(403, "forbidden")],
  ])("reads the ConfigMap without a certificate (%s)", async (status, answer) => {
    using first = new Sandbox();
    using other = new Sandbox();
    servesFreshCluster(first);
    first.web.api({ [PATH]: answer });
    const found = await clusterInfo.probe(looking(first, { master2: other, master3: other }));
    expect(found).toEqual({ status });
    const anonymous = first
      .commands("curl")
      .filter((line) => line.includes("-o /dev/null") && !line.includes("-q -sk"));
    expect(anonymous).toHaveLength(1);
    expect(anonymous[0]).not.toMatch(/--cert|--key/);
  });

  it("reads nothing if no machine is to join, and reads it if only a worker is", async () => {
    using first = new Sandbox();
    using worker = new Sandbox();
    servesFreshCluster(first);
    const alone = { controlPlane: [{ name: "master1", address: "10.88.0.11" }] };
    const inventory = labInventory({ ...alone, workers: [] });
    expect(await clusterInfo.probe(looking(first, {}, inventory))).toEqual({ status: null });
    expect(clusterInfo.problems({ status: null }, inventory)).toEqual([]);
    first.web.api({ [PATH]: apiStatus(401, "Unauthorized") });
    const fleet = looking(first, { worker1: worker }, labInventory(alone));
    expect(await clusterInfo.probe(fleet)).toEqual({ status: "401" });
  });

  it("accepts status 200", () => {
    expect(clusterInfo.problems({ status: "200" }, labInventory())).toEqual([]);
  });

  it.each(["401", "403", "000"])("reports a cluster without anonymous access to it (%s)", (status) => {
    expect(clusterInfo.problems({ status }, labInventory())).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: `ConfigMap kube-public/cluster-info cannot be read without a certificate (HTTP status ${status}); kubeadm join reads it without one`,
        fix: "on master1: kubeadm init phase bootstrap-token, which recreates the Role and its binding; if the apiserver refuses anonymous requests (--anonymous-auth=false) or limits them (--authentication-config), allow them for /api/v1/namespaces/kube-public/configmaps/cluster-info until all machines have joined",
      },
    ]);
  });
});
