import type { Change } from "./change.js";
import { bringsMember } from "./join.js";

/**
 * Whether going back past this change takes more than putting back what stood there: a rollback has to take a member
 * out of etcd, which it does only while all the others are healthy, and to reset a machine.
 */
export function isPointOfNoReturn(change: Change): boolean {
  return change.kind === "join" && bringsMember(change);
}
