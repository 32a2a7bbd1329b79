import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/changes/change.js";
import type { AppliedChange } from "../../src/engine/applied-changes.js";
import { inReverse } from "../../src/engine/undo-order.js";
import { joinOf, joinWorkerOf } from "../changes/joining.js";

const file = (host: string, path: string): Change => ({
  kind: "file",
  host,
  path,
  content: "",
  mode: "0644",
  owner: "root:root",
  before: null,
});
const service = (host: string, unit: string): Change => ({ kind: "service", host, unit, because: "" });
const flag = (host: string): Change => ({
  kind: "static-pod-flag",
  host,
  flag: "a",
  before: "b",
  after: "c",
});
const join = (host: string): Change => joinOf(host, 2);
const applied = (step: string, change: Change, before: unknown = step): AppliedChange => ({
  step,
  change,
  before,
});
const inShort = (appliedChanges: readonly AppliedChange[]): string[] =>
  inReverse(appliedChanges).map(
    ({ step, undoings }) =>
      `${step}: ${undoings.map(({ change, before }) => `${change.host} ${change.kind} ${String(before)}`).join(", ")}`,
  );

describe("the order of a rollback", () => {
  it("is reversed; in a step, files come before the services that read them", () => {
    const all = [
      applied("haproxy", file("lb1", "/a")),
      applied("haproxy", file("lb1", "/b")),
      applied("haproxy", service("lb1", "haproxy")),
      applied("keepalived", file("lb1", "/c")),
      applied("keepalived", service("lb1", "keepalived")),
    ];
    expect(inReverse(all).map(({ undoings }) => undoings.map(({ change }) => change))).toEqual([
      [file("lb1", "/c"), service("lb1", "keepalived")],
      [file("lb1", "/b"), file("lb1", "/a"), service("lb1", "haproxy")],
    ]);
  });

  it("restores the state before the first of several runs, at that run's position", () => {
    const all = [
      applied("haproxy", file("lb1", "/a"), "first"),
      applied("keepalived", file("lb1", "/b"), "once"),
      applied("haproxy", file("lb1", "/a"), "second"),
    ];
    expect(inShort(all)).toEqual(["keepalived: lb1 file once", "haproxy: lb1 file first"]);
  });

  it("undoes a playbook's own scripts also on a machine that is reset afterwards", () => {
    const script = { host: "master2", name: "x", apply: "a", undo: "b", env: {}, timeoutSeconds: 60 };
    const run: Change = { kind: "run", ...script };
    const all = [
      applied("join", join("master2")),
      applied("x", run, {}),
      applied("advertise", flag("master2")),
    ];
    expect(inReverse(all).map(({ step }) => step)).toEqual(["x", "join"]);
  });

  it("lets a kind merge the states of several runs", () => {
    const packages: Change = { kind: "packages", host: "lb1", manager: "apt", install: [] };
    const [group] = inReverse([
      applied("packages", packages, { purge: ["a"], remove: [] }),
      applied("packages", packages, { purge: ["b"], remove: [] }),
    ]);
    expect(group?.undoings[0]?.before).toEqual({ purge: ["a", "b"], remove: [] });
  });

  it("removes a load balancer from a master that had joined before", () => {
    const all = [
      applied("join", join("master2")),
      applied("haproxy", file("master2", "/etc/haproxy/haproxy.cfg")),
      applied("advertise", flag("master2")),
    ];
    expect(inShort(all)).toEqual(["haproxy: master2 file haproxy", "join: master2 join join"]);
  });

  it("stops a load balancer's pods before their master leaves: killed by its reset, keepalived would keep the VIP", () => {
    const pod: Change = {
      kind: "static-pod",
      host: "master2",
      pod: "keepalived",
      manifest: "",
      before: null,
      because: "new configuration",
    };
    const all = [applied("join", join("master2")), applied("standby-keepalived", pod)];
    expect(inShort(all)).toEqual([
      "standby-keepalived: master2 static-pod standby-keepalived",
      "join: master2 join join",
    ]);
  });

  it("omits changes made on a machine after its join, and only those", () => {
    const all = [
      applied("pki", file("master2", "/key")),
      applied("join", join("master2")),
      applied("join", join("master3")),
      applied("later", flag("master2")),
      applied("later", flag("master1")),
    ];
    expect(inShort(all)).toEqual([
      "later: master1 static-pod-flag later",
      "join: master3 join join, master2 join join",
      "pki: master2 file pki",
    ]);
  });

  it("omits changes made on a worker after its join", () => {
    const all = [
      applied("pki", file("worker2", "/key")),
      applied("join-workers", joinWorkerOf("worker2")),
      applied("later", flag("worker2")),
    ];
    expect(inShort(all)).toEqual(["join-workers: worker2 join-worker join-workers", "pki: worker2 file pki"]);
  });

  it("skips changes that cannot be undone, or without a recorded previous state", () => {
    const revoke: Change = { kind: "revoke", host: "master1" };
    expect(
      inReverse([
        { step: "revoke", change: revoke },
        { step: "old", change: file("lb1", "/a") },
      ]),
    ).toEqual([]);
  });

  it("undoes each target once, for any sequence of runs", () => {
    const some = fc.record({
      step: fc.constantFrom("a", "b", "c"),
      host: fc.constantFrom("lb1", "lb2"),
      path: fc.constantFrom("/1", "/2", "/3"),
    });
    fc.assert(
      fc.property(fc.array(some), (made) => {
        const appliedChanges = made.map(({ step, host, path }, at) => applied(step, file(host, path), at));
        const back = inReverse(appliedChanges).flatMap(({ undoings }) => undoings);
        const firsts = new Map(made.map(({ host, path }, at) => [`${host}${path}`, at] as const).reverse());
        expect(back.map(({ before }) => before)).toEqual([...firsts.values()].sort((x, y) => y - x));
      }),
    );
  });
});
