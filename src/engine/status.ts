import { Failure } from "../failure.js";
import type { Inventory } from "../inventory/schema.js";
import { firstMaster } from "../inventory/targets.js";
import type { ReadOnlyFleet } from "../machine/fleet.js";
import type { Transport } from "../transport/transport.js";
import { appliedIn, type AppliedChange } from "./applied-changes.js";
import type { ClusterId } from "./cluster-id.js";
import { connectToReachable, Unreachable } from "./connect.js";
import { journalFolder } from "./journal.js";
import { folderOfFirstMaster, knownJournals } from "./known-journals.js";
import { lockHolder } from "./lock.js";
import type { Migration } from "./migration.js";
import { latestRun, type RunState } from "./run-state.js";

/** The holder of the cluster's lock, if it is known. */
export type LockState =
  | { readonly state: "free" }
  /** `holder` is `USER@MACHINE, process PID, since TIME`. */
  | { readonly state: "held"; readonly holder: string }
  | { readonly state: "unknown" };

/** Where the runs of a cluster stand. */
export interface ClusterStatus {
  /** The last run; `undefined` if no journal was found. */
  readonly run: RunState | undefined;
  /** Whether the last run is still running; `undefined` if that is not known. */
  readonly isRunning: boolean | undefined;
  readonly lock: LockState;
  /** The changes of all runs that no rollback has undone, see {@link appliedIn}. */
  readonly applied: readonly AppliedChange[];
  /** The masters that could not be asked for the cluster, the lock and copies of journals. */
  readonly unreachable: readonly Failure[];
  /** Journals of this machine, by file name, that another machine has rolled back: they do not count. */
  readonly stale: readonly string[];
  /** The directory of the journals on this machine. */
  readonly folder: string;
}

/**
 * Reads where the runs of a cluster stand, from the masters that can be reached and from the journals of this machine.
 * Changes nothing and waits for no lock.
 * @throws Unreachable if the cluster cannot be identified and this machine has no journal of it
 */
export async function clusterStatus(
  inventory: Inventory,
  transport: Transport,
  migration: Pick<Migration, "clusterId">,
  signal?: AbortSignal,
): Promise<ClusterStatus> {
  const masters = inventory.controlPlane;
  const { fleet, failures, close } = await connectToReachable(inventory, masters, transport, signal);
  try {
    const look = fleet.look();
    const names = masters.map(({ name }) => name).filter((name) => !failures.has(name));
    const unanswered = new Map(failures);
    const [holder, ...ids] = await Promise.all([
      lockOf(look, failures),
      ...names.map((name) =>
        migration.clusterId(look, look.host(name)).catch((error: unknown) => {
          unanswered.set(name, asFailure(error));
        }),
      ),
    ]);
    const cluster = ids.find((id): id is ClusterId => id !== undefined && id.ca !== "none");
    const unreachable = masters.flatMap(({ name }) => unanswered.get(name) ?? []);
    const folder = cluster === undefined ? folderOfFirstMaster(inventory) : journalFolder(cluster);
    if (folder === undefined) throw unreachable.length > 0 ? new Unreachable(unreachable) : noCluster();
    const answering = names.filter((name) => !unanswered.has(name)).map((name) => look.host(name));
    const known = await knownJournals(answering, folder, cluster?.uid);
    // Only all masters together show that no copy is left.
    const stale = unreachable.length === 0 ? known.stale : [];
    const journals = known.journals.filter(({ runId }) => !stale.includes(`${runId}.ndjson`));
    const run = latestRun(journals);
    return {
      run,
      isRunning: isRunning(run, holder),
      lock: holder,
      applied: appliedIn(journals.flatMap(({ records }) => records)),
      unreachable,
      stale,
      folder,
    };
  } finally {
    await close();
  }
}

async function lockOf(look: ReadOnlyFleet, failures: ReadonlyMap<string, unknown>): Promise<LockState> {
  const { name } = firstMaster(look.inventory);
  if (failures.has(name)) return { state: "unknown" };
  try {
    const holder = await look.host(name).ask(lockHolder);
    return holder === undefined ? { state: "free" } : { state: "held", holder };
  } catch (error) {
    asFailure(error);
    return { state: "unknown" };
  }
}

/** A run without a recorded end is the holder's if it began after the holder took the lock, by the same clock. */
function isRunning(run: RunState | undefined, lock: LockState): boolean | undefined {
  if (run?.end.how !== "unknown" || lock.state === "free") return false;
  if (lock.state === "unknown") return undefined;
  const since = / since (\S+)$/.exec(lock.holder)?.[1];
  return since === undefined || since <= run.startedAt;
}

function noCluster(): Failure {
  return new Failure(
    "no master has the CA of a cluster, and no journal on this machine names the first master",
    {
      hint: "create the cluster on the first master of the inventory, or correct the inventory",
    },
  );
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}
