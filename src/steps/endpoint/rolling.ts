import type { Inventory } from "../../inventory/schema.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import type { Identity } from "../../cluster/cluster-object.js";
import { rollout, workload } from "../../cluster/workloads.js";
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
export async function podsStillRolling({ inventory, firstMaster }: ReadOnlyFleet): Promise<readonly Check[]> {
  const looks = (rolling.get(inventory) ?? []).map(async (one): Promise<Identity[]> => {
    if (one.kind === "ConfigMap") return [];
    const found = await workload(firstMaster, one.kind, one.namespace, one.name);
    return found === undefined ? [] : [{ ...one, rollout: rollout(found) }];
  });
  return podsOf((await Promise.all(looks)).flat(), inventory);
}

function podChecks({ kind, namespace, name, rollout: pods }: Identity, inventory: Inventory): Check[] {
  if (pods === undefined) return [];
  const what = `pods of ${kind} ${namespace}/${name} up to date and available`;
  return [check(inventory.controlPlane[0]?.name ?? "", what, String(pods.wanted), String(pods.rolled))];
}
