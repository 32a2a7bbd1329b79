import { describe, expect, it } from "vitest";
import { sharedFlags } from "../../../../src/steps/preflight/checks/shared-flags.js";
import { labInventory, type Overrides } from "../../inventory.js";
import { externalEtcd, on, oneEtcd } from "../../recorded.js";

const etcd = (flag: string, value: string): string =>
  `etcd:\n  local:\n    extraArgs:\n      ${flag}: "${value}"\n`;
const problemsOf = (clusterConfiguration: string, overrides: Overrides = {}, mastersJoin = true) =>
  sharedFlags.problems({ clusterConfiguration, mastersJoin }, labInventory(overrides));
const whats = (...of: Parameters<typeof problemsOf>) => problemsOf(...of).map(({ what }) => what);

describe("check shared-flags", () => {
  it.each([
    ["listen-peer-urls", "https://10.88.0.11:2380"],
    ["listen-client-urls", "https://127.0.0.1:2379, https://10.88.0.11:2379"],
    ["listen-client-urls", "https://[::1]:2379,https://[fd00:88::11]:2379"],
    ["listen-metrics-urls", "http://10.88.0.11:2381"],
    ["advertise-client-urls", "https://10.88.0.11:2379"],
    ["initial-advertise-peer-urls", "https://10.88.0.11:2380"],
    ["initial-cluster", "master1=https://10.88.0.11:2380"],
    ["initial-cluster-state", "new"],
    ["name", "master1"],
  ])("reports an etcd flag that fits only one member: --%s=%s", (flag, value) => {
    expect(whats(etcd(flag, value))).toEqual([
      `kubeadm's ClusterConfiguration sets --${flag}=${value} on every etcd, but only one machine can run with it`,
    ]);
    expect(whats(etcd(flag, value), { cluster: { etcd: "first-master" } })).toEqual([]);
  });

  it.each([
    ["listen-peer-urls", "https://0.0.0.0:2380"],
    ["listen-client-urls", "https://127.0.0.1:2379,https://[::]:2379"],
    ["listen-metrics-urls", "http://localhost:2381"],
    ["quota-backend-bytes", "8589934592"],
  ])("accepts an etcd flag that fits every machine: --%s=%s", (flag, value) => {
    expect(whats(etcd(flag, value))).toEqual([]);
  });

  it("reports a bind address of all apiservers, also in v1beta4 format and with an external etcd", () => {
    const list = "apiServer:\n  extraArgs:\n  - name: bind-address\n    value: 10.88.0.11\n";
    expect(problemsOf(externalEtcd(list))).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "kubeadm's ClusterConfiguration sets --bind-address=10.88.0.11 on every apiserver, but only one machine can run with it",
        fix: "remove it from apiServer.extraArgs: kubectl -n kube-system edit configmap kubeadm-config; apiserver on master1 keeps it until the next upgrade",
      },
    ]);
    expect(whats("apiServer:\n  extraArgs:\n    bind-address: 0.0.0.0\n")).toEqual([]);
    expect(whats("etcd:\n  local:\n    extraArgs:\n")).toEqual([]);
  });

  it.each([externalEtcd, oneEtcd])("accepts kubeadm's configuration with another etcd", (configured) => {
    const edit = (facts: { clusterConfiguration: string }): void => {
      facts.clusterConfiguration = configured(facts.clusterConfiguration);
    };
    for (const state of ["fresh", "endpoint"] as const)
      expect(on("1.20.2").problemsOf(sharedFlags, state, edit)).toEqual([]);
  });

  it("reports nothing if no master is to join", () => {
    expect(whats(etcd("name", "master1"), {}, false)).toEqual([]);
  });
});
