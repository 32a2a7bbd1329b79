import { missingPackages, packageManager, type PackageManager } from "../../machine/packages.js";
import { check, type Step } from "../step.js";

/** haproxy, keepalived, and curl, which keepalived's check script uses to query the API. */
const PACKAGES = ["haproxy", "keepalived", "curl"];

interface Facts {
  readonly hosts: readonly {
    readonly name: string;
    readonly manager: PackageManager;
    readonly missing: readonly string[];
  }[];
}

/** Installs haproxy and keepalived on the load balancers. */
export const loadBalancerPackages: Step<Facts> = {
  id: "load-balancer-packages",
  title: "Install haproxy and keepalived",
  why: "haproxy balances connections across the apiservers, and keepalived keeps the VIP on a host where haproxy works.",
  rollout: "together",
  on: "packaged-load-balancers",
  async probe(fleet) {
    const hosts = fleet.hosts("loadBalancers").map(async (host) => {
      const [manager, missing] = await Promise.all([
        host.ask(packageManager),
        host.ask(missingPackages(PACKAGES)),
      ]);
      return { name: host.name, manager, missing };
    });
    return { hosts: await Promise.all(hosts) };
  },
  plan: ({ hosts }) => ({
    changes: hosts.flatMap(({ name, manager, missing }) => {
      // Preflight blocks a load balancer with any other package manager.
      if (missing.length === 0 || (manager !== "apt" && manager !== "dnf")) return [];
      return [{ kind: "packages", host: name, manager, install: missing }];
    }),
  }),
  async verify(fleet) {
    const checks = fleet
      .hosts("loadBalancers")
      .map(async (host) =>
        check(
          host.name,
          "packages missing",
          "none",
          (await host.ask(missingPackages(PACKAGES))).join(" ") || "none",
        ),
      );
    return Promise.all(checks);
  },
};
