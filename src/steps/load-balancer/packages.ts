import { ensurePackages, packageFacts, packagesCheck, type PackageFacts } from "../ensure.js";
import type { Step } from "../step.js";

/** haproxy, keepalived, and curl, which keepalived's check script uses to query the API. */
const PACKAGES = ["haproxy", "keepalived", "curl"];

interface Facts {
  readonly hosts: readonly PackageFacts[];
}

/** Installs haproxy and keepalived on the load balancers. */
export const loadBalancerPackages: Step<Facts> = {
  id: "load-balancer-packages",
  title: "Install haproxy and keepalived",
  why: "haproxy balances connections across the apiservers, and keepalived keeps the VIP on a host where haproxy works.",
  rollout: "together",
  on: "packaged-load-balancers",
  async probe(fleet) {
    const hosts = fleet.hosts("loadBalancers").map((host) => packageFacts(host, PACKAGES));
    return { hosts: await Promise.all(hosts) };
  },
  plan: ({ hosts }) => ({ changes: hosts.flatMap(ensurePackages) }),
  verify: (fleet) => Promise.all(fleet.hosts("loadBalancers").map((host) => packagesCheck(host, PACKAGES))),
};
