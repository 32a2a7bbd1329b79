import { describe, expect, it } from "vitest";
import { nodesReady, podsReady } from "../lab/readiness.js";

const since = new Date("2026-01-01T10:00:00.700Z");
const boot = { on: ["master1", "worker1"], booted: ["worker1"], since };

function node(name: string, status: string, lastHeartbeatTime: string) {
  return { metadata: { name }, status: { conditions: [{ type: "Ready", status, lastHeartbeatTime }] } };
}

describe("nodesReady", () => {
  const master = node("master1", "True", "2026-01-01T09:00:00Z");

  it("ignores the status of a booted node from before its boot", () => {
    expect(nodesReady({ items: [master, node("worker1", "True", "2026-01-01T09:59:59Z")] }, boot)).toBe(
      false,
    );
    expect(nodesReady({ items: [master, node("worker1", "True", "2026-01-01T10:00:00Z")] }, boot)).toBe(true);
  });

  it("ignores a host that is off", () => {
    const off = node("worker2", "Unknown", "2026-01-01T09:00:00Z");
    expect(nodesReady({ items: [master, off] }, boot)).toBe(true);
  });

  it("waits for a node that has no status yet", () => {
    expect(nodesReady({ items: [{ metadata: { name: "worker1" }, status: {} }] }, boot)).toBe(false);
  });
});

describe("podsReady", () => {
  function pod(nodeName: string, ready: boolean, startedAt: string) {
    return {
      spec: { nodeName },
      status: { containerStatuses: [{ ready, state: { running: { startedAt } } }] },
    };
  }

  it("requires containers on booted hosts to be started since, and all to be ready", () => {
    expect(podsReady({ items: [pod("worker1", true, "2026-01-01T09:00:00Z")] }, boot)).toBe(false);
    expect(podsReady({ items: [pod("worker1", true, "2026-01-01T10:00:05Z")] }, boot)).toBe(true);
    expect(podsReady({ items: [pod("master1", true, "2026-01-01T09:00:00Z")] }, boot)).toBe(true);
    expect(podsReady({ items: [pod("master1", false, "2026-01-01T09:00:00Z")] }, boot)).toBe(false);
  });

  it("waits for a pod that is not scheduled yet", () => {
    expect(podsReady({ items: [{ spec: {}, status: {} }] }, boot)).toBe(false);
  });
});
