import type { Change } from "./change.js";

/**
 * Whether going back past this change is more than putting back what stood there: after a join it means to take the
 * member out of etcd again, while all of them are healthy, and to reset its machine.
 */
export function cannotBePutBack(change: Change): boolean {
  return change.kind === "join";
}
