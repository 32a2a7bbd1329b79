import { describe, expect, it } from "vitest";
import {
  isControlPlane,
  isReady,
  isRunning,
  nodeAt,
  type Node,
  type Pod,
} from "../../src/cluster/kubernetes.js";

describe("states of objects", () => {
  const node = (name: string, address: string, rest: object = {}): Node => ({
    metadata: { name },
    status: {
      addresses: [
        { type: "Hostname", address: name },
        { type: "InternalIP", address },
      ],
      ...rest,
    },
  });
  const pod = (...containers: boolean[]): Pod => ({
    metadata: { name: "p" },
    spec: {},
    status: {
      containerStatuses: containers.map((runs) => ({
        ready: false,
        ...(runs && { state: { running: { startedAt: "2026-11-21T08:00:00Z" } } }),
      })),
    },
  });

  it("finds a node only by its InternalIP", () => {
    const all = [node("10.88.0.12", "10.88.0.11"), node("b", "10.88.0.12")];
    expect(nodeAt(all, "10.88.0.12")?.metadata.name).toBe("b");
    expect(nodeAt(all, "10.88.0.13")).toBeUndefined();
  });

  it.each([
    ["True", true],
    ["False", false],
    ["Unknown", false],
  ])("is Ready with %s: %s", (status, ready) => {
    expect(isReady(node("a", "1", { conditions: [{ type: "Ready", status }] }))).toBe(ready);
  });

  it("is not Ready without a condition", () => {
    expect(isReady(node("a", "1"))).toBe(false);
  });

  it("is running if it has containers and all are running", () => {
    expect([pod(true), pod(true, true), pod(true, false), pod()].map(isRunning)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ["node-role.kubernetes.io/control-plane", true],
    ["node-role.kubernetes.io/master", true],
    ["node-role.kubernetes.io/worker", false],
  ])("recognizes a master by its label %s: %s", (label, is) => {
    expect(isControlPlane({ metadata: { name: "a", labels: { [label]: "" } }, status: {} })).toBe(is);
  });
});
