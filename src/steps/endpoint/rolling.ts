import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Identity } from "../../cluster/cluster-object.js";
import { progressOf } from "../../cluster/daemon-pods.js";
import { check, type Check } from "../step.js";

/** Workloads whose pods were still restarting at the last check. It saves searches, and verifies nothing. */
const rolling = new WeakMap<Inventory, readonly Identity[]>();

/** Checks that all pods of these workloads run their current template; remembers the workloads that fail. */
export function podsOf(all: readonly Identity[], inventory: Inventory): readonly Check[] {
  const checks = all.map((one) => ({ one, checks: podChecks(one, inventory) }));
  rolling.set(
    inventory,
    checks.filter((found) => found.checks.some(({ ok }) => !ok)).map(({ one }) => one),
  );
  return checks.flatMap((found) => found.checks);
}

/** {@link podsOf} the remembered workloads, which are read one by one. */
export async function podsStillRolling(fleet: ReadOnlyFleet): Promise<readonly Check[]> {
  return podsOf(await readAgain(rolling.get(fleet.inventory) ?? [], fleet), fleet.inventory);
}

/** With lost hosts: workloads with the progress of their rollout without the pods there; otherwise the same workloads. */
export function withoutLostPods(
  all: readonly Identity[],
  fleet: ReadOnlyFleet,
): Promise<readonly Identity[]> | readonly Identity[] {
  return fleet.lost.size === 0 ? all : readAgain(all, fleet);
}

async function readAgain(all: readonly Identity[], fleet: ReadOnlyFleet): Promise<readonly Identity[]> {
  const looks = all.map(async (one): Promise<Identity[]> => {
    const { kind, namespace, name } = one;
    if (kind === "ConfigMap") return [];
    const rollout = await progressOf(fleet, { kind, namespace, name });
    return rollout === undefined ? [] : [{ ...one, rollout }];
  });
  return (await Promise.all(looks)).flat();
}

function podChecks({ kind, namespace, name, rollout: pods }: Identity, inventory: Inventory): Check[] {
  if (pods === undefined) return [];
  const what = `pods of ${kind} ${namespace}/${name} up to date and available`;
  return [check(inventory.controlPlane[0]?.name ?? "", what, String(pods.wanted), String(pods.rolled))];
}
