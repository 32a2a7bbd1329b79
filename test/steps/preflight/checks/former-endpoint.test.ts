import { describe, expect, it } from "vitest";
import { formerEndpoint } from "../../../../src/steps/preflight/checks/former-endpoint.js";
import { Sandbox } from "../../../machine/sandbox.js";
import { on } from "../../recorded.js";
import { looking, servesFreshCluster } from "../looking.js";

const { problemsOf } = on("1.20.2");
const WARNING = {
  severity: "warning",
  what: "the cluster already has the endpoint k8s.example.com:8443, which will be replaced by 10.88.0.100:6443",
  fix: "forward k8s.example.com:8443 to 10.88.0.100:6443, or notify all users whose kubeconfig contains it; k8s-ha does not change files outside these machines",
};

describe("check former-endpoint", () => {
  it.each(["fresh", "endpoint"] as const)("accepts a cluster without a former endpoint (%s)", (state) => {
    expect(problemsOf(formerEndpoint, state)).toEqual([]);
  });

  it("warns of an endpoint that is replaced", () => {
    expect(
      problemsOf(formerEndpoint, "fresh", (facts) => {
        facts.clusterConfiguration += "controlPlaneEndpoint: k8s.example.com:8443\n";
      }),
    ).toEqual([WARNING]);
  });

  it("warns of an endpoint that an earlier run has replaced", () => {
    expect(
      problemsOf(formerEndpoint, "endpoint", (facts) => (facts.replacedEndpoint = "k8s.example.com:8443")),
    ).toEqual([WARNING]);
  });

  it("fails if no node has the first master's address, as every step that reads kubeadm's facts would", async () => {
    using sandbox = new Sandbox();
    servesFreshCluster(sandbox);
    sandbox.web.api({ "/api/v1/nodes": { items: [] } });
    await expect(formerEndpoint.probe(looking(sandbox))).rejects.toMatchObject({
      name: "Failure",
      host: "master1",
      message: "no node of the cluster has the InternalIP 10.88.0.11",
    });
  });
});
