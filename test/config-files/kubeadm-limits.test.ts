import { describe, expect, it } from "vitest";
import { catchUpSeconds, joinSeconds, joinTimeouts } from "../../src/config-files/kubeadm-limits.js";

const MB = 1e6;

describe("joinTimeouts", () => {
  it("are kubeadm's, with 5 min for etcd, for a small database", () => {
    expect(joinTimeouts()).toEqual({ discovery: 300, etcdAPICall: 300 });
    expect(joinTimeouts(20 * MB)).toEqual({ discovery: 300, etcdAPICall: 310 });
  });

  it("allow a large database 16 Mbit/s, in every limit that waits for the new member", () => {
    expect(joinTimeouts(1000 * MB)).toEqual({
      discovery: 300,
      etcdAPICall: 800,
      controlPlaneComponentHealthCheck: 740,
      tlsBootstrap: 800,
    });
  });
});

describe("catchUpSeconds", () => {
  it.each([
    ["v1.29.15", 1000 * MB, 197],
    ["v1.30.14", 1000 * MB, 120],
    ["v1.31.14", 20 * MB, 240],
    ["v1.31.14", 1000 * MB, 740],
    ["v1.37.2", 8000 * MB, 4240],
  ])("on %s with %d bytes: %d", (version, bytes, seconds) => {
    expect(catchUpSeconds(version, bytes)).toBe(seconds);
    // 16 Mbit/s, if k8s-ha can set the limit.
    if (version > "v1.31") expect(catchUpSeconds(version, bytes)).toBeGreaterThan(bytes / (2 * MB));
  });
});

describe("joinSeconds", () => {
  it("grows with the members that kubeadm asks, and is never below kubeadm's single limits", () => {
    const worker = joinSeconds("v1.37.2", 0);
    expect(worker).toBeGreaterThanOrEqual(2 * 300 + 300 + 240);
    expect(joinSeconds("v1.37.2", 2) - worker).toBe(8 * (2 * 300 + 5) + 7 * 300);
    expect(joinSeconds("v1.37.2", 3)).toBeGreaterThan(joinSeconds("v1.37.2", 2));
    expect(joinSeconds("v1.30.14", 2) - worker).toBe(8 * (2 * 120 + 5) + 7 * 120);
    expect(joinSeconds("v1.20.2", 2) - worker).toBe(8 * (2 * 253 + 5) + 7 * 253);
    expect(joinSeconds("v1.37.2", 2, 1000 * MB)).toBeGreaterThan(joinSeconds("v1.37.2", 2) + 8 * 2 * 500);
  });
});
