import { describe, expect, it } from "vitest";
import { parseTold } from "../chaos/told.js";

const line = (record: object): string => JSON.stringify(record);

describe("what the program tells", () => {
  it("names a change by what tells it apart from its neighbours", () => {
    const change = { kind: "file", host: "lb1", path: "/etc/haproxy/haproxy.cfg", content: "x" };
    expect(parseTold(line({ type: "change-started", step: "haproxy", change }))).toEqual({
      type: "change-started",
      change: { step: "haproxy", host: "lb1", name: "haproxy lb1: file /etc/haproxy/haproxy.cfg" },
      ms: 0,
    });
  });

  it("names a change of many parts by all of them", () => {
    const change = { kind: "static-pod-restart", host: "master1", components: ["kube-scheduler", "etcd"] };
    const told = parseTold(line({ type: "change-done", step: "s", change, ms: 12 }));
    expect(told?.change.name).toBe("s master1: static-pod-restart kube-scheduler etcd");
    expect(told?.ms).toBe(12);
  });

  it("passes over everything else, and over half a line", () => {
    expect(parseTold(line({ type: "step-started", step: "haproxy" }))).toBeUndefined();
    expect(parseTold('{"type":"change-star')).toBeUndefined();
    expect(parseTold("resuming run 20260101-000000")).toBeUndefined();
  });
});
