import { describe, expect, it } from "vitest";
import { machineFlagProblems } from "../../../src/steps/preflight/machine-flags.js";

const etcd = (flag: string, value: string): string =>
  `etcd:\n  local:\n    extraArgs:\n      ${flag}: "${value}"\n`;
const told = (configuration: string, layout: "stacked" | "first-master" | "external" = "stacked") =>
  machineFlagProblems(configuration, layout, "master1").map(({ what }) => what);

describe("flags that every master shares", () => {
  it.each([
    ["listen-peer-urls", "https://10.88.0.11:2380"],
    ["listen-client-urls", "https://127.0.0.1:2379, https://10.88.0.11:2379"],
    ["listen-client-urls", "https://[::1]:2379,https://[fd00:88::11]:2379"],
    ["listen-metrics-urls", "http://10.88.0.11:2381"],
    ["advertise-client-urls", "https://10.88.0.11:2379"],
    ["initial-cluster", "master1=https://10.88.0.11:2380"],
    ["initial-cluster-state", "new"],
    ["name", "master1"],
  ])("are reported if they fit only one etcd member: --%s=%s", (flag, value) => {
    expect(told(etcd(flag, value))).toEqual([
      `kubeadm's ClusterConfiguration sets --${flag}=${value} on every etcd, but only one machine can run with it`,
    ]);
    expect(told(etcd(flag, value), "first-master")).toEqual([]);
  });

  it.each([
    ["listen-peer-urls", "https://0.0.0.0:2380"],
    ["listen-client-urls", "https://127.0.0.1:2379,https://[::]:2379"],
    ["listen-metrics-urls", "http://localhost:2381"],
    ["quota-backend-bytes", "8589934592"],
  ])("may stay if they fit every machine: --%s=%s", (flag, value) => {
    expect(told(etcd(flag, value))).toEqual([]);
  });

  it("are reported for the apiserver too, also in v1beta4 format", () => {
    const list = "apiServer:\n  extraArgs:\n  - name: bind-address\n    value: 10.88.0.11\n";
    expect(machineFlagProblems(list, "external", "master1")).toEqual([
      {
        severity: "blocker",
        host: "master1",
        what: "kubeadm's ClusterConfiguration sets --bind-address=10.88.0.11 on every apiserver, but only one machine can run with it",
        fix: "remove it from apiServer.extraArgs: kubectl -n kube-system edit configmap kubeadm-config; apiserver on master1 keeps it until the next upgrade",
      },
    ]);
    expect(told("apiServer:\n  extraArgs:\n    bind-address: 0.0.0.0\n")).toEqual([]);
    expect(told("etcd:\n  local:\n    extraArgs:\n")).toEqual([]);
  });
});
