import { mastersWithNode } from "../cluster/masters.js";
import { removeLeftVerification } from "../cluster/verification-objects.js";
import type { Writing } from "../engine/migration.js";
import type { Fleet } from "../machine/fleet.js";
import type { Check } from "../steps/step.js";
import { readBackChecks } from "./read-back.js";
import { testPodChecks } from "./test-pod.js";

/**
 * Verifies the cluster by using it: writes through each apiserver are read through every other one, and a pod starts and
 * reaches the API.
 */
export async function writingChecks(
  fleet: Fleet,
  { objects, pod }: Writing,
  runId: string,
): Promise<Check[]> {
  if (!objects && !pod) return [];
  const [masters] = await Promise.all([mastersWithNode(fleet.look()), removeLeftVerification(fleet)]);
  const [read, started] = await Promise.all([
    objects ? readBackChecks(fleet.firstMaster, masters, runId) : [],
    pod ? testPodChecks(fleet, runId) : [],
  ]);
  return [...read, ...started];
}
