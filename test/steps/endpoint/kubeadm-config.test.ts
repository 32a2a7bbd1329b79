import { describe, expect, it } from "vitest";
import { clusterConfiguration } from "../../../src/steps/certificates/cluster-configuration.js";
import { kubeadmConfig } from "../../../src/steps/endpoint/kubeadm-config.js";
import { NOTHING, must, on } from "../recorded.js";

const { planOf, recorded } = on("1.20.2");

const fresh = recorded(kubeadmConfig, "fresh").clusterConfiguration;
const migrated = recorded(kubeadmConfig, "endpoint").clusterConfiguration;
const staged = must(recorded(clusterConfiguration, "migrated").staged).content;
const DEFAULTS = { cluster: { advertise: "node", kubeconfigs: "local" } };
const change = (before: string, after: string) => ({
  kind: "config-map",
  host: "master1",
  namespace: "kube-system",
  name: "kubeadm-config",
  data: { ClusterConfiguration: { before, after } },
});

describe("kubeadm-config", () => {
  it("gets exactly the text that was staged and tested", () => {
    const plan = planOf(kubeadmConfig, "fresh", undefined, DEFAULTS);
    expect(plan).toEqual({ changes: [change(fresh, staged)], problems: [] });
  });

  it("is unchanged once kubeadm has it, in kubeadm's own order", () => {
    expect(recorded(kubeadmConfig, "migrated").clusterConfiguration).not.toBe(staged);
    expect(planOf(kubeadmConfig, "migrated", undefined, DEFAULTS)).toEqual(NOTHING);
    expect(planOf(kubeadmConfig, "endpoint")).toEqual(NOTHING);
  });

  it("loses the advertised address if each master advertises its own", () => {
    const { changes } = planOf(kubeadmConfig, "endpoint", undefined, { cluster: { advertise: "node" } });
    expect(changes).toEqual([change(migrated, migrated.replace("    advertise-address: 10.88.0.100\n", ""))]);
  });

  it("gets a removed name back", () => {
    const drifted = migrated.replace("  - master3\n", "");
    const { changes } = planOf(kubeadmConfig, "endpoint", (facts) => {
      facts.clusterConfiguration = drifted;
    });
    expect(changes).toEqual([
      change(drifted, drifted.replace("  - 10.88.0.13\n", "  - 10.88.0.13\n  - master3\n")),
    ]);
  });

  it("follows the endpoint to another port", () => {
    const { changes } = planOf(kubeadmConfig, "endpoint", undefined, {
      cluster: { endpoint: "10.88.0.100:16443" },
    });
    expect(changes).toEqual([
      {
        ...change(
          migrated,
          migrated.replace(
            "controlPlaneEndpoint: 10.88.0.100:6443",
            "controlPlaneEndpoint: 10.88.0.100:16443",
          ),
        ),
        annotations: { "k8s-ha/replaced-endpoint": "10.88.0.100:6443" },
      },
    ]);
  });
});
