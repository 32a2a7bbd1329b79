import { describe, expect, it } from "vitest";
import {
  etcdPhases,
  holds,
  isKubeletLocal,
  sameMinor,
  since,
} from "../../src/config-files/kubeadm-versions.js";

describe("differences between Kubernetes versions", () => {
  it.each([
    ["v1beta4", "v1.30.14", "v1.31.0"],
    ["controlPlaneTaint", "v1.23.17", "v1.24.0"],
    ["etcdLearner", "v1.28.15", "v1.29.0"],
    ["kubeletLocalMode", "v1.32.13", "v1.33.0"],
    ["portsAtAdvertised", "v1.36.3", "v1.37.2"],
  ] as const)("%s: not yet in %s, from %s on", (difference, before, from) => {
    expect([holds(difference, before), holds(difference, from)]).toEqual([false, true]);
  });

  it("end with their last version", () => {
    expect([holds("masterTaint", "v1.24.9"), holds("masterTaint", "v1.25.0")]).toEqual([true, false]);
    const kept = ["v1.34.4", "v1.35.0"].map((version) => holds("restartLosesReadiness", version));
    expect(kept).toEqual([true, false]);
    expect(since("patches")).toBe("1.19");
  });

  it("reject an invalid version", () => {
    for (const text of ["", "latest", "v2.1.0", "1"]) {
      expect(() => holds("patches", text)).toThrow("not a Kubernetes version");
    }
    expect(sameMinor("1.37.2", "v1.37.0-rc.1")).toBe(true);
  });
});

describe("etcdPhases", () => {
  // That kubeadm must support each of them, or it rejects the whole command line.
  it.each([
    ["v1.20.2", ["control-plane-join/etcd"]],
    ["v1.30.14", ["control-plane-join/etcd"]],
    ["v1.31.14", ["etcd-join", "control-plane-join/etcd"]],
    ["v1.35.4", ["etcd-join", "control-plane-join/etcd"]],
    ["v1.36.3", ["etcd-join"]],
    ["v1.37.2", ["etcd-join"]],
  ])("of %s are %j", (version, phases) => {
    expect(etcdPhases(version)).toEqual(phases);
  });
});

describe("isKubeletLocal", () => {
  const gate = (on: boolean) => ({ ControlPlaneKubeletLocalMode: on });

  it("follows the gate if it exists, else the version", () => {
    expect([isKubeletLocal("v1.32.1"), isKubeletLocal("v1.32.1", gate(true))]).toEqual([false, true]);
    expect([isKubeletLocal("v1.34.4"), isKubeletLocal("v1.34.4", gate(false))]).toEqual([true, false]);
    expect([isKubeletLocal("v1.36.3", gate(false)), isKubeletLocal("v1.30.1", gate(true))]).toEqual([
      true,
      false,
    ]);
  });
});
