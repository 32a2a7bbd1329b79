import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import { runningUnits } from "../machine/systemd.js";
import { waitUntil } from "../machine/wait.js";
import type { Step } from "../steps/step.js";
import { allOrUnreachable } from "./connect.js";
import { NotReady, type Migration } from "./migration.js";
import { makePlan, type Plan } from "./plan.js";
import { countsOf } from "./plan-summary.js";
import { EVERYTHING, type Scope } from "./scope.js";

/** A unit ends at its own time limit, the longest of which is that of a join. */
const FORMER_WORK_SECONDS = 86_400;

/**
 * Plans a migration after {@link waitForRunningUnits}. If the cluster is not ready and the migration's repair step has
 * changes, the plan has only that step.
 * @throws Unreachable, Failure
 */
export async function planFromOutcomes(
  steps: readonly Step[],
  fleet: Fleet,
  migration: Migration,
  scope: Scope,
  note: (text: string) => void,
): Promise<Plan> {
  const lostHosts = migration.lostHosts(fleet);
  const lost = lostHosts.length > 0 ? { lostHosts } : {};
  try {
    const plan = await waitForRunningUnits(fleet, migration, note, (look) => makePlan(steps, look, scope));
    return { ...plan, ...lost };
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    const repair = steps.filter(({ id }) => id === migration.repairStep);
    const plan = await makePlan(repair, fleet.look(), { ...EVERYTHING, limit: scope.limit });
    if (countsOf(plan).changes === 0) throw error;
    return { ...plan, ...lost };
  }
}

/**
 * Waits until no unit of a previous run (a join, a package installation) is running on the hosts, then plans. A plan
 * must start from the result of such a unit, and nothing may run in parallel with it.
 * @throws Unreachable if root is not available on some hosts; NotReady
 */
export async function waitForRunningUnits<T>(
  fleet: Fleet,
  migration: Migration,
  note: (text: string) => void,
  planned: (look: ReadOnlyFleet) => Promise<T>,
): Promise<T> {
  const look = fleet.look();
  // All queries start in one turn so that they are batched: usually there is nothing to wait for.
  const [running, ready, plan] = [runningWork(look), migration.requireReady(look), planned(look)];
  ready.catch(() => undefined);
  plan.catch(() => undefined);
  const work = await running;
  if (work === "") {
    await ready;
    return await plan;
  }
  let reported = "";
  await waitUntil(
    "systemd units of a previous run to finish",
    FORMER_WORK_SECONDS,
    fleet.signal,
    async () => {
      const text = reported === "" ? work : await runningWork(fleet.look());
      if (text !== "" && text !== reported) note(`waiting for ${text}, which a previous run started`);
      reported = text;
      return text === "";
    },
  );
  const after = fleet.look();
  await migration.requireReady(after);
  return await planned(after);
}

/** The running transient units of k8s-ha as `UNIT on HOST, …`; empty if there are none. */
async function runningWork(look: ReadOnlyFleet): Promise<string> {
  const asked = look
    .hosts()
    .map(async (host) => (await host.ask(runningUnits)).map((unit) => `${unit} on ${host.name}`));
  return (await allOrUnreachable(asked)).flat().join(", ");
}
