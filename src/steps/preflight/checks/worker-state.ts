import { workerStates, type WorkerState } from "../../../cluster/workers.js";
import { obstacle } from "../../workers/obstacle.js";
import type { PreflightCheck } from "../check.js";

/** Every worker is a node of this cluster or can become one. */
export const workerState: PreflightCheck<readonly WorkerState[]> = {
  id: "worker-state",
  probe: workerStates,
  problems: (states) => states.flatMap((worker) => obstacle(worker) ?? []),
};
