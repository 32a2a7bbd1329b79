import type { Change } from "../../changes/change.js";
import type { ServiceChange } from "../../changes/service.js";
import { isOlderThan, type UnitState } from "../../machine/systemd.js";

/**
 * Whether a service must be enabled, started or reloaded: after a change of its files, or because a former run was
 * cut off between writing them and the reload.
 * @param listens whether it has its port; haproxy's master process stays when its worker could not start
 */
export function servicePlan(
  host: string,
  unit: string,
  state: UnitState,
  fileChanges: readonly Change[],
  filesModified: readonly number[],
  listens = true,
): ServiceChange[] {
  // Reason enough, and the only one that is known before the package is installed.
  if (fileChanges.length > 0) return [{ kind: "service", host, unit, because: "new configuration" }];
  const reasons = [
    ...(isOlderThan(state, filesModified) ? ["new configuration"] : []),
    ...(state.active ? [] : ["not running"]),
    ...(state.enabled ? [] : ["not enabled"]),
    ...(state.active && !listens ? ["not listening"] : []),
  ];
  if (reasons.length === 0) return [];
  const restart = state.active && !listens;
  return [{ kind: "service", host, unit, because: reasons.join(", "), ...(restart && { restart }) }];
}
