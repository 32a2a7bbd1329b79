import { Failure } from "../failure.js";
import { apiFault } from "../cluster/api.js";
import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import { etcdHealth } from "../cluster/etcd.js";
import { query } from "../machine/query.js";
import { runningUnits } from "../machine/systemd.js";
import { waitUntil } from "../machine/wait.js";
import { startMember } from "../steps/control-plane/start-member.js";
import type { Problem, Step } from "../steps/step.js";
import { allOrUnreachable } from "./connect.js";
import { makePlan, planStep, type Plan } from "./plan.js";
import { countsOf } from "./plan-summary.js";
import { EVERYTHING, type Scope } from "./scope.js";
import { sh } from "../shell/shell.js";

/** The longest time limit of a change's unit. */
const FORMER_WORK_SECONDS = 900;

/** The API is unavailable, so almost nothing can be planned. */
class ApiAway extends Failure {}

/**
 * Plans a migration after {@link waitForRunningUnits}. If an interrupted join makes the API unavailable, the plan has
 * only the step that repairs it.
 * @throws Unreachable, Failure
 */
export async function planFromOutcomes(
  steps: readonly Step[],
  fleet: Fleet,
  scope: Scope,
  note: (text: string) => void,
): Promise<Plan> {
  try {
    return await waitForRunningUnits(fleet, note, (look) => makePlan(steps, look, scope));
  } catch (error) {
    if (!(error instanceof ApiAway)) throw error;
    const mending = steps.filter(({ id }) => id === startMember.id);
    const plan = await makePlan(mending, fleet.look(), { ...EVERYTHING, limit: scope.limit });
    if (countsOf(plan).changes === 0) throw error;
    return plan;
  }
}

/**
 * Waits until no unit of a previous run (a join, a package installation) is running on the hosts, then plans. A plan
 * must start from the result of such a unit, and nothing may run in parallel with it.
 * @throws Unreachable if root is not available on some hosts; Failure if the API does not respond
 */
export async function waitForRunningUnits<T>(
  fleet: Fleet,
  note: (text: string) => void,
  planned: (look: ReadOnlyFleet) => Promise<T>,
): Promise<T> {
  const look = fleet.look();
  // All queries start in one turn so that they are batched: usually there is nothing to wait for.
  const [running, api, plan] = [runningWork(look), requireApi(look), planned(look)];
  api.catch(() => undefined);
  plan.catch(() => undefined);
  const work = await running;
  if (work === "") {
    await api;
    return await plan;
  }
  let told = "";
  await waitUntil("units of a previous run to finish", FORMER_WORK_SECONDS, fleet.signal, async () => {
    const text = told === "" ? work : await runningWork(fleet.look());
    if (text !== "" && text !== told) note(`waiting for ${text}, started by a previous run`);
    told = text;
    return text === "";
  });
  const after = fleet.look();
  await requireApi(after);
  return await planned(after);
}

/** The running transient units of k8s-ha as `UNIT on HOST, …`; empty if there are none. */
async function runningWork(look: ReadOnlyFleet): Promise<string> {
  const asked = look
    .hosts()
    .map(async (host) => (await host.ask(runningUnits)).map((unit) => `${unit} on ${host.name}`));
  return (await allOrUnreachable(asked)).flat().join(", ");
}

const keysMatch = query(
  sh`cd /etc/kubernetes/pki 2>/dev/null && [ -f apiserver.crt ] && [ -f apiserver.key ] || exit 0
[ "$(openssl x509 -noout -pubkey -in apiserver.crt)" = "$(openssl pkey -pubout -in apiserver.key)" ] || echo no`,
  (out) => out.trim() !== "no",
);

function isBlocker({ severity }: Problem): boolean {
  return severity === "blocker";
}

/**
 * Fails once if the API is unavailable, with the health that the first master's etcd reports: nothing can be checked.
 * @throws ApiAway
 */
async function requireApi(look: ReadOnlyFleet): Promise<void> {
  const master = look.firstMaster;
  const fault = await master.ask(apiFault(master));
  if (fault === undefined) return;
  const [blocker] = (await planStep(startMember, look)).problems?.filter(isBlocker) ?? [];
  if (blocker !== undefined) {
    const { what, fix, host = master.name } = blocker;
    throw new ApiAway(`the API is unavailable: ${what}`, { host, hint: fix });
  }
  const [health, match] = await Promise.all([master.ask(etcdHealth), master.ask(keysMatch)]);
  const staged = "/etc/kubernetes/.k8s-ha-certificates/apiserver.crt";
  throw new ApiAway(`the apiserver is not ready: ${fault}\netcd reports:\n${health}`, {
    host: master.name,
    hint: match
      ? 'see docs/recovery.md, "API server unavailable"'
      : `apiserver.key and apiserver.crt do not match: a run was interrupted between two renames. On ${master.name}: mv ${staged} /etc/kubernetes/pki/apiserver.crt`,
  });
}
