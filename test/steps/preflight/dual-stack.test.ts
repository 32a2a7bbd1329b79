import { describe, expect, it } from "vitest";
import type { Node } from "../../../src/cluster/kubernetes.js";
import { dualStackProblems } from "../../../src/steps/preflight/dual-stack.js";
import { labInventory } from "../inventory.js";

const node = (name: string, ...addresses: string[]): Node => ({
  metadata: { name },
  status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
});
const worker = node("worker1", "10.88.0.21");
const both = [node("master1", "10.88.0.11", "fd00:88::11"), worker];
const config = (minor: number, gate?: boolean) => ({
  kubernetesVersion: `v1.${minor}.0`,
  ...(gate !== undefined && { featureGates: { IPv6DualStack: gate } }),
});

/** master2 and master3 have yet to join, with these second addresses. */
const masters = (...second: (string | undefined)[]) =>
  labInventory({
    controlPlane: [undefined, ...second].map((secondAddress, index) => ({
      name: `master${index + 1}`,
      address: `10.88.0.1${index + 1}`,
      ...(secondAddress !== undefined && { secondAddress }),
    })),
  });

describe("a machine that is to join", () => {
  it("may have a second address if the cluster's kubelets support it", () => {
    const inventory = masters("fd00:88::12", "fd00:88::13");
    for (const known of [config(20, true), config(21), config(30)])
      expect(dualStackProblems(both, known, inventory)).toEqual([]);
  });

  it.each([config(20), config(20, false), config(19)])("may not have one if they do not: %o", (known) => {
    const found = dualStackProblems(
      [node("master1", "10.88.0.11"), worker],
      known,
      masters("fd00:88::12", undefined),
    );
    expect(found).toMatchObject([{ severity: "blocker", host: "master2" }]);
  });

  it("is reported if it has one address and the cluster's nodes have two", () => {
    const found = dualStackProblems(both, config(20, true), masters("fd00:88::12", undefined));
    expect(found).toEqual([
      {
        severity: "warning",
        host: "master3",
        what: "node master1 has the addresses 10.88.0.11, fd00:88::11, but master3 would join with only one",
        fix: "set secondAddress of master3 in the inventory to its address of the other IP family",
      },
    ]);
  });

  it("needs none in a single-stack cluster, and existing nodes are not reported", () => {
    expect(
      dualStackProblems([node("master1", "10.88.0.11"), worker], config(20), masters(undefined, undefined)),
    ).toEqual([]);
    const all = [...both, node("master2", "10.88.0.12"), node("master3", "10.88.0.13")];
    expect(dualStackProblems(all, config(20), masters("fd00:88::12", undefined))).toEqual([]);
  });
});
