import { describe, expect, it } from "vitest";
import { changedSince, originOf, type Origin } from "../../src/engine/origin.js";
import type { Entry, Playbook } from "../../src/playbook/schema.js";
import { labInventory } from "../steps/inventory.js";
import { origin } from "./made-from.js";

const LB3 = [
  { name: "lb1", address: "10.88.0.31" },
  { name: "lb2", address: "10.88.0.99" },
  { name: "lb3", address: "10.88.0.33" },
];

describe("changedSince", () => {
  it("has nothing to say of the same, read from a file again", () => {
    const read = JSON.parse(JSON.stringify(origin())) as Origin;
    expect(changedSince(origin(), read)).toEqual([]);
  });

  it("names every value of the inventory that is another one, new or gone", () => {
    expect(
      changedSince(
        origin({ cluster: { certSANs: ["a.example.com"] } }),
        origin({
          cluster: { endpoint: "10.88.0.101:6443", advertise: "endpoint", kubeconfigs: "endpoint" },
          loadBalancers: LB3,
        }),
      ).toSorted(),
    ).toEqual([
      "inventory: cluster.certSANs: not set, now []",
      'inventory: cluster.certSANs[0]: "a.example.com", now not set',
      'inventory: cluster.endpoint: "10.88.0.100:6443", now "10.88.0.101:6443"',
      'inventory: loadBalancers[1].address: "10.88.0.32", now "10.88.0.99"',
      'inventory: loadBalancers[2].address: not set, now "10.88.0.33"',
      'inventory: loadBalancers[2].name: not set, now "lb3"',
    ]);
  });

  it.each([
    [["keepalived"], "playbook: without haproxy"],
    [["haproxy", "keepalived", "join"], "playbook: with join"],
    [["keepalived", "haproxy"], "playbook: the steps' order"],
  ])("names what a playbook of %j has otherwise", (steps, line) => {
    expect(changedSince(origin(), origin({}, steps))).toEqual([line]);
  });

  it("names a playbook's own step whose text is another one, and how many hosts a step takes at a time", () => {
    const steps = origin().playbook.content;
    const playbook = (steps: Playbook["steps"]) => originOf("0.1.0", labInventory(), { name: "p", steps });
    const run = (apply: string): Entry => ({
      ...{ kind: "run", id: "x", run: "x", on: ["all"], check: "false", apply, env: {}, timeout: 60 },
      alone: true,
    });
    expect(changedSince(playbook([...steps, run("a")]), playbook([...steps, run("b")]))).toEqual([
      "playbook: another x",
    ]);
    const serial: Entry = { kind: "step", id: "haproxy", step: "haproxy", serial: 1 };
    expect(changedSince(playbook(steps), playbook([serial, ...steps.slice(1)]))).toEqual([
      "playbook: another haproxy",
    ]);
  });

  it("names another version of this program", () => {
    expect(changedSince(origin(), origin({}, undefined, "0.2.0"))).toEqual(["k8s-ha: 0.1.0, now 0.2.0"]);
  });
});
