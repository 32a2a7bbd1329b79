import { describe, expect, it } from "vitest";
import { loadBalancerPackages } from "../../../src/steps/load-balancer/packages.js";
import { named, NOTHING, planOf } from "../recorded.js";

const install = (host: string, ...names: string[]) => ({
  kind: "packages",
  host,
  manager: "apt",
  install: names,
});

describe("load-balancer-packages", () => {
  it("installs the missing packages; curl is installed", () => {
    expect(planOf(loadBalancerPackages, "fresh")).toEqual({
      changes: [install("lb1", "haproxy", "keepalived"), install("lb2", "haproxy", "keepalived")],
      problems: [],
    });
  });

  it("has nothing to install after a migration", () => {
    expect(planOf(loadBalancerPackages, "endpoint")).toEqual(NOTHING);
  });

  it("installs a removed package again, only on that host", () => {
    const { changes } = planOf(loadBalancerPackages, "endpoint", ({ hosts }) => {
      named(hosts, "lb2").missing = ["curl"];
    });
    expect(changes).toEqual([install("lb2", "curl")]);
  });

  it("installs with dnf if it is available, and nothing without apt or dnf, which preflight reports", () => {
    const { changes } = planOf(loadBalancerPackages, "fresh", ({ hosts }) => {
      named(hosts, "lb1").manager = "dnf";
      named(hosts, "lb2").manager = "yum";
    });
    expect(changes).toEqual([{ ...install("lb1", "haproxy", "keepalived"), manager: "dnf" }]);
  });
});
