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

describe("originOf", () => {
  it("saves the keys of the inventory, and not the parsed endpoint", () => {
    const { inventory } = JSON.parse(JSON.stringify(origin())) as Origin;
    expect(inventory.content).toHaveProperty("cluster.endpoint", "10.88.0.100:6443");
    expect(inventory.content).not.toHaveProperty("endpoint");
  });
});

describe("changedSince", () => {
  it("is empty for equal inputs read from a file again", () => {
    const read = JSON.parse(JSON.stringify(origin())) as Origin;
    expect(changedSince(origin(), read)).toEqual([]);
  });

  it("lists every changed, added or removed inventory value", () => {
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

  it("ignores logins and the paths of the operator's machine, which differ on another one", () => {
    const own = (name: string) =>
      origin({
        ssh: { user: name, identityFiles: [`/home/${name}/.ssh/id`] },
        backup: { operatorDirectory: `/home/${name}/backups`, passphraseFile: `/home/${name}/phrase` },
        loadBalancer: { stats: { port: 8404, user: "stats", passwordFile: `/home/${name}/password` } },
        workers: [{ name: "worker1", address: "10.88.0.21", ssh: { port: name.length } }],
      });
    const [one, other] = [own("one"), own("other")];
    expect(changedSince(one, other)).toEqual([]);
    expect(other.inventory.sha256).toBe(one.inventory.sha256);
  });

  it.each([
    [["keepalived"], "playbook: removed haproxy"],
    [["haproxy", "keepalived", "join"], "playbook: added join"],
    [["keepalived", "haproxy"], "playbook: order of the steps"],
  ])("lists the differences of a playbook of %j", (steps, line) => {
    expect(changedSince(origin(), origin({}, steps))).toEqual([line]);
  });

  it("lists a changed custom step, and a changed number of hosts at a time", () => {
    const steps = origin().playbook.content;
    const playbook = (steps: Playbook["steps"]) => originOf("0.1.0", labInventory(), { name: "p", steps });
    const run = (apply: string): Entry => ({
      ...{ kind: "run", id: "x", run: "x", on: ["all"], check: "false", apply, env: {}, timeout: 60 },
      alone: true,
    });
    expect(changedSince(playbook([...steps, run("a")]), playbook([...steps, run("b")]))).toEqual([
      "playbook: changed x",
    ]);
    const serial: Entry = { kind: "step", id: "haproxy", step: "haproxy", serial: 1 };
    expect(changedSince(playbook(steps), playbook([serial, ...steps.slice(1)]))).toEqual([
      "playbook: changed haproxy",
    ]);
  });

  it("lists another version of k8s-ha", () => {
    expect(changedSince(origin(), origin({}, undefined, "0.2.0"))).toEqual(["k8s-ha: 0.1.0, now 0.2.0"]);
  });
});
