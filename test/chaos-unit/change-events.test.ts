import { describe, expect, it } from "vitest";
import { parseChangeEvent } from "../chaos/change-events.js";

const line = (record: object): string => JSON.stringify(record);

describe("events of the program", () => {
  it("name a change by the field that distinguishes it", () => {
    const change = { kind: "file", host: "lb1", path: "/etc/haproxy/haproxy.cfg", content: "x" };
    expect(parseChangeEvent(line({ type: "change-started", step: "haproxy", change }))).toEqual({
      type: "change-started",
      change: { step: "haproxy", host: "lb1", name: "haproxy lb1: file /etc/haproxy/haproxy.cfg" },
      ms: 0,
    });
  });

  it("name a change of several parts by all of them", () => {
    const change = { kind: "static-pod-restart", host: "master1", components: ["kube-scheduler", "etcd"] };
    const event = parseChangeEvent(line({ type: "change-done", step: "s", change, ms: 12 }));
    expect(event?.change.name).toBe("s master1: static-pod-restart kube-scheduler etcd");
    expect(event?.ms).toBe(12);
  });

  it("ignore other lines, and incomplete lines", () => {
    expect(parseChangeEvent(line({ type: "step-started", step: "haproxy" }))).toBeUndefined();
    expect(parseChangeEvent('{"type":"change-star')).toBeUndefined();
    expect(parseChangeEvent("resuming run 20260101-000000")).toBeUndefined();
  });
});
