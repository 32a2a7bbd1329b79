import type { Listener } from "../engine/events.js";
import { Journal } from "../engine/journal.js";
import { JournalCopies, removeCopies } from "../engine/journal-copies.js";
import { Stopped } from "../engine/stopped.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import { journalFiles, runIdOf } from "../engine/journal-reader.js";
import { lockCluster } from "../engine/lock.js";
import type { RunReport } from "../engine/report.js";
import type { RunOptions } from "../engine/run.js";
import { ndjson } from "../report/ndjson.js";
import { runText } from "../report/run-text.js";
import type { Session } from "./session.js";
import type { Interrupt } from "./signals.js";

/** Run options that recorded work receives. */
export type Recording = Pick<
  RunOptions,
  "runId" | "origin" | "cluster" | "journal" | "stopRequested" | "listen"
>;

/**
 * Runs the work under the cluster's lock. Its events are written to a new journal, and shown in a
 * progress tree (with `lines`: one line per event) or, with `json`, printed to standard output as NDJSON.
 */
export async function recorded(
  { fleet, origin, cluster, journals }: Session,
  { json, lines = false }: { readonly json: boolean; readonly lines?: boolean },
  interrupt: Interrupt,
  work: (recording: Recording) => Promise<RunReport>,
): Promise<void> {
  // Imported only for a run: a plan does not need listr2 and should not wait for it to load.
  const { ProgressTree } = await import("../report/tree.js");
  const lock = await lockCluster(fleet);
  try {
    const runId = nextRunId(journals);
    const masters = fleet.inventory.controlPlane.map(({ name }) => fleet.host(name));
    const copies = new JournalCopies(masters, journals, runId, (host, error) => {
      process.stderr.write(`${host} keeps no copy of the journal: ${error.message}\n`);
    });
    const journal = new Journal(journals, runId, copies.append);
    const tree = json ? undefined : new ProgressTree({ lines });
    let undone = false as boolean;
    interrupt.listen();
    try {
      const noteUndone: Listener = ({ type }) => {
        undone ||= type === "rolled-back";
      };
      const listen = all(journal.listen, noteUndone, tree?.listen ?? ndjson);
      const stopRequested = (): boolean => interrupt.requested() || lock.isLost();
      const report = await work({ runId, origin, cluster, journal: journal.path, stopRequested, listen });
      await tree?.drawn();
      if (!json) process.stdout.write(`${runText(report)}\n`);
    } finally {
      tree?.abandon();
      await tree?.drawn();
      journal.close();
      await copies.flush();
      if (undone) await removeCopies(masters);
    }
  } catch (error) {
    interrupt.signal.throwIfAborted();
    if (lock.isLost() && error instanceof Stopped) throw lockLost(fleet);
    throw error;
  } finally {
    await lock.release();
  }
}

/** The time, as `20260131-221530`; later than every run in the directory, also one of a machine whose clock is ahead. */
function nextRunId(journals: string): string {
  const last = journalFiles(journals).map(runIdOf).at(-1) ?? "";
  for (let time = Date.now(); ; time += 1000) {
    const id = new Date(time)
      .toISOString()
      .replaceAll(/[-:]|\..*/g, "")
      .replace("T", "-");
    if (id > last) return id;
  }
}

/** The run stopped between two changes, because another one may have the lock. */
function lockLost(fleet: Fleet): Failure {
  return new Failure("the cluster's lock was lost, for example because the connection was silent for 20 s", {
    host: fleet.firstMaster.name,
    hint: "the run stopped between two changes; completed changes stay in place; continue with --resume",
  });
}

/** Passes each event to every listener, even if an earlier one fails, such as a journal on a full disk. */
function all(first: Listener, ...others: readonly Listener[]): Listener {
  return (event) => {
    try {
      first(event);
    } finally {
      for (const listener of others) listener(event);
    }
  };
}
