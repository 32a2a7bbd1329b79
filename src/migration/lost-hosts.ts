import type { Inventory } from "../inventory/schema.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Problem } from "../steps/step.js";

/** For each lost host a warning: what a migration leaves undone there, its consequence, and what to do later. */
export function lostHosts({
  inventory,
  lost,
}: Pick<ReadOnlyFleet, "inventory" | "lost">): readonly Problem[] {
  const workers = new Set(inventory.workers.map(({ name }) => name));
  return [...lost].map((host) => ({
    severity: "warning",
    host,
    what: `skipped (--skip-host): nothing is checked or changed there; ${workers.has(host) ? "its kubelet keeps its API server, and the node loses the API with that server" : withoutBalancer(inventory, lost)}`,
    fix: `when it is back, run k8s-ha migrate without --skip-host: it changes only this host; if it is lost for good, see docs/recovery.md, "A machine is lost during a run"`,
  }));
}

function withoutBalancer({ loadBalancers }: Inventory, lost: ReadonlySet<string>): string {
  const left = loadBalancers.map(({ name }) => name).filter((name) => !lost.has(name));
  return left.length === 1
    ? `only ${left.join()} can hold the VIP, so the endpoint is lost if ${left.join()} fails`
    : `only ${left.join(", ")} can hold the VIP`;
}
