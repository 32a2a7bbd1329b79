import type { Change } from "./change.js";
import type { JoinChange } from "./join.js";
import type { JoinWorkerChange } from "./join-worker.js";

/** A change by which a machine becomes a node: a master or a worker. */
export type AnyJoin = JoinChange | JoinWorkerChange;

/** Whether a machine becomes a node by this change. */
export function isJoin(change: Change): change is AnyJoin {
  return change.kind === "join" || change.kind === "join-worker";
}
