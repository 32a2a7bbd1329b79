import { kindOf } from "../changes/change.js";
import type { RunState } from "../engine/run-state.js";
import type { ClusterStatus, LockState } from "../engine/status.js";
import { failureRecord } from "../failure.js";
import { distinct, type StatusDetails } from "./status-text.js";

/** The state of a cluster's runs as JSON: the same content as `statusText`. */
interface StatusData extends StatusDetails {
  readonly schemaVersion: 1;
  readonly run: (Omit<RunState, "origin"> & { readonly version: string }) | null;
  /** Whether that run is running; null if that is not known. */
  readonly running: boolean | null;
  readonly lock: LockState;
  readonly changes: readonly { readonly step: string; readonly host: string; readonly summary: string }[];
  readonly unreachable: readonly ReturnType<typeof failureRecord>[];
  readonly stale: readonly string[];
  readonly journals: string;
}

/** A status as data. */
export function statusData(status: ClusterStatus, details: StatusDetails): StatusData {
  const { run, isRunning, lock, applied, unreachable, stale, folder } = status;
  return {
    schemaVersion: 1,
    run: run === undefined ? null : runData(run),
    running: isRunning ?? null,
    lock,
    changes: distinct(applied).map(({ step, change }) => ({
      step,
      host: change.host,
      summary: kindOf(change).describe(change),
    })),
    unreachable: unreachable.map(failureRecord),
    stale,
    journals: folder,
    ...details,
  };
}

function runData({ origin, ...run }: RunState): StatusData["run"] {
  return { ...run, version: origin.version };
}
