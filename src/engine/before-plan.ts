import { Failure } from "../failure.js";
import { apiFault } from "../machine/api.js";
import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import { etcdHealth } from "../machine/etcd.js";
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

/** As long as the longest unit of a change may run. */
const FORMER_WORK_SECONDS = 900;

/** The API does not answer, so nearly nothing can be planned. */
class ApiAway extends Failure {}

/**
 * Plans a migration from outcomes: {@link waitForRunningUnits}. While the API is away because of a join that was cut off, the
 * plan is of the one step that mends that.
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
 * Plans, once nothing of a former run goes on on the hosts (a join, packages): its outcome is a fact that a plan must
 * start from, and nothing may be done beside it.
 * @throws Unreachable where nobody can become root on some hosts; Failure when the API does not answer
 */
export async function waitForRunningUnits<T>(
  fleet: Fleet,
  note: (text: string) => void,
  planned: (look: ReadOnlyFleet) => Promise<T>,
): Promise<T> {
  const look = fleet.look();
  // All asked in one turn, to travel together: hardly ever is there anything to wait for.
  const [running, api, plan] = [runningWork(look), requireApi(look), planned(look)];
  api.catch(() => undefined);
  plan.catch(() => undefined);
  const work = await running;
  if (work === "") {
    await api;
    return await plan;
  }
  let told = "";
  await waitUntil("what a former run left running", FORMER_WORK_SECONDS, fleet.signal, async () => {
    const text = told === "" ? work : await runningWork(fleet.look());
    if (text !== "" && text !== told) note(`waiting for ${text}, which a former run began`);
    told = text;
    return text === "";
  });
  const after = fleet.look();
  await requireApi(after);
  return await planned(after);
}

/** `UNIT on HOST, …`: the transient units of this program; empty for none. */
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
 * Without the API nothing can be looked at: says so once, with what the etcd says that the first master uses.
 * @throws ApiAway
 */
async function requireApi(look: ReadOnlyFleet): Promise<void> {
  const master = look.firstMaster;
  const fault = await master.ask(apiFault(master));
  if (fault === undefined) return;
  const [blocker] = (await planStep(startMember, look)).problems?.filter(isBlocker) ?? [];
  if (blocker !== undefined) {
    const { what, fix, host = master.name } = blocker;
    throw new ApiAway(`the API is away: ${what}`, { host, hint: fix });
  }
  const [health, match] = await Promise.all([master.ask(etcdHealth), master.ask(keysMatch)]);
  const staged = "/etc/kubernetes/.k8s-ha-certificates/apiserver.crt";
  throw new ApiAway(`the apiserver is not ready: ${fault}\netcd says:\n${health}`, {
    host: master.name,
    hint: match
      ? 'see docs/recovery.md, "The API does not answer"'
      : `apiserver.key and apiserver.crt do not belong together: a run was cut off between two renames. On ${master.name}: mv ${staged} /etc/kubernetes/pki/apiserver.crt`,
  });
}
