import { apiGet } from "../../cluster/api.js";
import type { ReadOnlyFleet } from "../../machine/fleet.js";
import { query } from "../../machine/query.js";
import { sh } from "../../shell/shell.js";
import { check, type Check } from "../step.js";

interface Lease {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
}

const LED = ["kube-controller-manager", "kube-scheduler"] as const;
/** A leader renews every 2 s and gives up after 10 s; another one takes over after 15 s (client-go's defaults in Kubernetes). */
const FRESH_SECONDS = 30;

const epoch = query(sh`date +%s`, (out) => Number(out));

/** Checks that the controller-manager and the scheduler have a leader that renews its lease. */
export async function leaderChecks(fleet: ReadOnlyFleet): Promise<Check[]> {
  const { firstMaster } = fleet;
  const [now, ...leases] = await Promise.all([
    firstMaster.ask(epoch),
    ...LED.map((name) =>
      apiGet<Lease>(fleet, `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`),
    ),
  ]);
  return LED.map((name, i) =>
    check(firstMaster.name, `leader of ${name}`, RENEWED, leaseState(leases[i], now)),
  );
}

const RENEWED = "renews its lease";

/** @param now seconds since the epoch */
export function leaseState(lease: Lease | undefined, now: number): string {
  const { holderIdentity = "", renewTime = "" } = lease?.spec ?? {};
  if (holderIdentity === "") return "none";
  const age = Math.round(now - Date.parse(renewTime) / 1000);
  // Without the age, which would look like progress.
  return age <= FRESH_SECONDS ? RENEWED : `${holderIdentity} has not renewed it for ${FRESH_SECONDS} s`;
}
