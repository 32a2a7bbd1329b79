import { describe, expect, it } from "vitest";
import type { Node } from "../../../../src/cluster/kubernetes.js";
import { secondAddress } from "../../../../src/steps/preflight/checks/second-address.js";
import { labInventory } from "../../inventory.js";

const node = (name: string, ...addresses: string[]): Node => ({
  metadata: { name },
  status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) },
});
const worker = node("worker1", "10.88.0.21");
const both = [node("master1", "10.88.0.11", "fd00:88::11"), worker];
const config = (minor: number, gate?: boolean): string =>
  `kubernetesVersion: v1.${minor}.0\n${gate === undefined ? "" : `featureGates: { IPv6DualStack: ${gate} }\n`}`;

/** The problems if master2 and master3 have these second addresses. */
const problemsOf = (
  nodes: readonly Node[],
  clusterConfiguration: string,
  second: readonly [string | undefined, string | undefined],
) =>
  secondAddress.problems(
    { nodes, clusterConfiguration },
    labInventory({
      controlPlane: [undefined, ...second].map((address, index) => ({
        name: `master${index + 1}`,
        address: `10.88.0.1${index + 1}`,
        ...(address !== undefined && { secondAddress: address }),
      })),
    }),
  );

describe("check second-address", () => {
  it("accepts a second address if the cluster's kubelets support it", () => {
    for (const known of [config(20, true), config(21), config(30)])
      expect(problemsOf(both, known, ["fd00:88::12", "fd00:88::13"])).toEqual([]);
  });

  it.each([config(20), config(20, false), config(19)])("reports one if they do not: %j", (known) => {
    expect(
      problemsOf([node("master1", "10.88.0.11"), worker], known, ["fd00:88::12", undefined]),
    ).toMatchObject([{ severity: "blocker", host: "master2" }]);
  });

  it("warns of a machine with one address if the cluster's nodes have two", () => {
    expect(problemsOf(both, config(20, true), ["fd00:88::12", undefined])).toEqual([
      {
        severity: "warning",
        host: "master3",
        what: "node master1 has the addresses 10.88.0.11, fd00:88::11, but master3 would join with only one",
        fix: "set secondAddress of master3 in the inventory to its address of the other IP family",
      },
    ]);
  });

  it("accepts one address in a single-stack cluster", () => {
    expect(problemsOf([node("master1", "10.88.0.11"), worker], config(20), [undefined, undefined])).toEqual(
      [],
    );
  });

  it("does not report nodes of the cluster", () => {
    const all = [...both, node("master2", "10.88.0.12"), node("master3", "10.88.0.13")];
    expect(problemsOf(all, config(20), ["fd00:88::12", undefined])).toEqual([]);
  });
});
