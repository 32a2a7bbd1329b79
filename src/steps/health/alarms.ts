import { etcdAlarms } from "../../cluster/etcd.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { check, type Check } from "../step.js";

/** Checks that no etcd member raised an alarm: with NOSPACE the cluster is read-only, with CORRUPT its data differ. */
export async function alarmChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const alarms = await etcdAlarms(fleet);
  return [check(fleet.firstMaster.name, "etcd alarms", "none", alarms.join(", ") || "none")];
}
