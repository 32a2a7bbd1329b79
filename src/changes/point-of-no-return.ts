import type { Change } from "./change.js";
import { bringsMember } from "./join.js";

/**
 * Whether a rollback past this change takes more than restoring former state: it must remove a member from etcd, which
 * it does only while all the others are healthy, and reset a machine.
 */
export function isPointOfNoReturn(change: Change): boolean {
  return change.kind === "join" && bringsMember(change);
}
