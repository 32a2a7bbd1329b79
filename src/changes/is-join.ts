import type { Change } from "./change.js";
import type { JoinChange } from "./join.js";
import type { JoinWorkerChange } from "./join-worker.js";

/** A change that joins a machine as a node: a master or a worker. */
export type AnyJoin = JoinChange | JoinWorkerChange;

/** Whether a change joins a machine as a node. */
export function isJoin(change: Change): change is AnyJoin {
  return change.kind === "join" || change.kind === "join-worker";
}
