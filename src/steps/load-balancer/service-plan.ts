import type { Change } from "../../changes/change.js";
import type { ServiceChange } from "../../changes/service.js";
import { isOlderThan, type UnitState } from "../../machine/systemd.js";

/**
 * The change that enables, starts or reloads a service: after its files changed, or after a run that was interrupted
 * between writing them and the reload.
 * @param listens whether it listens on its port; haproxy's master process keeps running when its worker fails to start
 */
export function servicePlan(
  host: string,
  unit: string,
  state: UnitState,
  fileChanges: readonly Change[],
  filesModified: readonly number[],
  listens = true,
): ServiceChange[] {
  // A sufficient reason, and the only one that is known before the package is installed.
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
