import { describe, expect, it } from "vitest";
import { clusterInfo } from "../../../src/steps/endpoint/cluster-info.js";
import { must, NOTHING, planOf, recorded } from "../recorded.js";

const fresh = must(recorded(clusterInfo, "fresh").kubeconfig);
const migrated = must(recorded(clusterInfo, "endpoint").kubeconfig);
const change = (before: string, after: string) => ({
  kind: "config-map",
  host: "master1",
  namespace: "kube-public",
  name: "cluster-info",
  data: { kubeconfig: { before, after } },
  signed: true,
});

describe("cluster-info", () => {
  it("gives joining nodes the endpoint, and has it signed again", () => {
    expect(planOf(clusterInfo, "fresh")).toEqual({
      changes: [change(fresh, fresh.replace("10.88.0.11:6443", "10.88.0.100:6443"))],
      problems: [],
    });
  });

  it("is unchanged if it names the endpoint", () => {
    expect(planOf(clusterInfo, "endpoint")).toEqual(NOTHING);
  });

  it("is fixed if it was recreated with a master's own address", () => {
    const drifted = migrated.replace("10.88.0.100:6443", "10.88.0.12:6443");
    const { changes } = planOf(clusterInfo, "endpoint", (facts) => {
      facts.kubeconfig = drifted;
    });
    expect(changes).toEqual([change(drifted, migrated)]);
  });

  it("follows the endpoint to another port", () => {
    const { changes } = planOf(clusterInfo, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    expect(changes).toEqual([change(migrated, migrated.replace("10.88.0.100:6443", "10.88.0.100:16443"))]);
  });

  it("is a blocker if it is missing: no node could join", () => {
    const plan = planOf(clusterInfo, "fresh", (facts) => {
      facts.kubeconfig = undefined;
    });
    expect(plan).toEqual({
      changes: [],
      problems: [
        {
          severity: "blocker",
          host: "master1",
          what: "the ConfigMap kube-public/cluster-info is missing",
          fix: "recreate it: kubeadm init phase bootstrap-token --skip-token-print; then delete the token that this created: kubeadm token list, kubeadm token delete TOKEN",
        },
      ],
    });
  });

  it("may be missing once every master has joined", () => {
    const plan = planOf(clusterInfo, "endpoint", (facts) => {
      facts.kubeconfig = undefined;
    });
    expect(plan).toEqual(NOTHING);
  });
});
