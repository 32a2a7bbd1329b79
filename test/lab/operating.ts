import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeCgroups } from "./cgroups.js";
import { waitForNodes, waitForPods } from "./readiness.js";
import { discardTree, emptyDiscarded } from "./disk.js";
import { LabError } from "./errors.js";
import { isRunning, startHost, stopHost, waitForLogin } from "./hosts.js";
import type { LabIdentity } from "./identity.js";
import { putBackInotifyLimit } from "./inotify.js";
import { makeOperatorNetwork, operatorNetworkExists, removeOperatorNetwork } from "./network.js";
import type { Scenario } from "./scenario.js";
import { freshSnapshot, restoreHost, snapshotMeta, snapshotNames, takeSnapshot } from "./snapshots.js";
import { currentScenario, type LabState, removeState, writeState } from "./state.js";

/** How long to wait for a cluster. */
export interface Settling {
  /** Also until every pod is Ready, which takes a kubelet's time after a boot; so by default. */
  readonly settled?: boolean;
}

async function waitForCluster(
  lab: LabIdentity,
  scenario: Scenario,
  booted: readonly string[],
  since: Date,
  { settled = true }: Settling,
): Promise<void> {
  const on = Object.keys(scenario.hosts).filter((name) => isRunning(lab, name));
  await waitForNodes(lab, scenario, { on, booted, since });
  if (settled) await waitForPods(lab, scenario, { on, booted, since });
}

/** Ends what runs, also what a killed command left; the disk stays mounted. */
export async function clearAway(lab: LabIdentity): Promise<void> {
  removeState(lab);
  const folder = join(lab.runFolder, "hosts");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(names.map((name) => stopHost(lab, name)));
  await removeCgroups(lab);
  await removeOperatorNetwork(lab);
  rmSync(folder, { recursive: true, force: true });
  putBackInotifyLimit(lab);
}

/** Switches hosts on, and waits until they and the cluster on them are ready. */
export async function bootHosts(
  lab: LabIdentity,
  names: readonly string[],
  settling: Settling = {},
): Promise<void> {
  const { scenario } = currentScenario(lab);
  const since = new Date();
  await Promise.all(names.map((name) => startHost(lab, scenario, name)));
  await Promise.all(names.map((name) => waitForLogin(lab, scenario, name)));
  await waitForCluster(lab, scenario, names, since, settling);
}

/** Puts every host back to a snapshot, boots those that were on, and records the state. */
export async function restoreSnapshot(
  lab: LabIdentity,
  state: LabState,
  scenario: Scenario,
  name: string,
  settling: Settling,
): Promise<void> {
  const meta = snapshotMeta(lab, state.snapshots, name);
  if (!meta) {
    const known = snapshotNames(lab, state.snapshots).join(", ");
    throw new LabError(`There is no snapshot ${name}. Known: ${known}.`);
  }
  removeState(lab);
  const since = new Date();
  const names = Object.keys(scenario.hosts);
  await Promise.all(names.map((host) => stopHost(lab, host)));
  discardTree(lab, join(lab.mountPoint, "hosts"));
  if (!operatorNetworkExists(lab)) await makeOperatorNetwork(lab, scenario);
  await Promise.all(
    names.map(async (host) => {
      await restoreHost(lab, state.snapshots, name, host);
      if (!meta.on.includes(host)) return;
      await startHost(lab, scenario, host);
      await waitForLogin(lab, scenario, host);
    }),
  );
  const emptied = emptyDiscarded(lab);
  await waitForCluster(lab, scenario, meta.on, since, settling);
  await emptied;
  writeState(lab, { ...state, ...(name === freshSnapshot && { untouchedSince: since.toISOString() }) });
}

/** Waits for what was booted and not reached since, which nothing else may be said of. */
export async function settle(lab: LabIdentity, settling: Settling): Promise<void> {
  const { state, scenario } = currentScenario(lab);
  const booted = Object.keys(scenario.hosts).filter((name) => isRunning(lab, name));
  await waitForCluster(lab, scenario, booted, new Date(state.untouchedSince ?? 0), settling);
}

/** Keeps the hosts as they are: shuts them down, copies them, and boots them again. */
export async function snapshotHosts(lab: LabIdentity, name: string): Promise<void> {
  const { state, scenario } = currentScenario(lab);
  if (name === freshSnapshot) throw new LabError(`${freshSnapshot} is the scenario's own snapshot.`);
  const names = Object.keys(scenario.hosts);
  const on = names.filter((host) => isRunning(lab, host));
  await Promise.all(on.map((host) => stopHost(lab, host, true)));
  const key = snapshotMeta(lab, state.snapshots, freshSnapshot)?.key ?? "";
  await takeSnapshot(lab, state.snapshots, name, names, { key, on });
  await bootHosts(lab, on);
  await emptyDiscarded(lab);
}
