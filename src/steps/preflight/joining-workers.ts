import { pendingWorkers, workerStates, type WorkerState } from "../../cluster/workers.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { obstacle } from "../workers/obstacle.js";

/** The machines that are to join as workers and can. */
export async function joiningWorkers(fleet: ReadOnlyFleet): Promise<readonly WorkerState[]> {
  return pendingWorkers(await workerStates(fleet)).filter((worker) => obstacle(worker) === undefined);
}
