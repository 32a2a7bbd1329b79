import type { Listener } from "../engine/events.js";
import { Journal } from "../engine/journal.js";
import { lockCluster } from "../engine/lock.js";
import type { RunReport } from "../engine/report.js";
import type { RunOptions } from "../engine/run.js";
import { ndjson } from "../report/ndjson.js";
import { runText } from "../report/run-text.js";
import type { Session } from "./session.js";
import type { Interrupt } from "./signals.js";

/** What recorded work is given: how it is named, told, and asked to stop. */
export type Recording = Pick<RunOptions, "runId" | "origin" | "journal" | "stopRequested" | "listen">;

/**
 * Does work under the cluster's lock. Its events go into a journal of its own in this folder, and into a progress tree
 * (with `lines`: one line for each thing) or, with `json`, to standard output as NDJSON.
 */
export async function recorded(
  { fleet, origin }: Session,
  folder: string,
  { json, lines = false }: { readonly json: boolean; readonly lines?: boolean },
  interrupt: Interrupt,
  work: (recording: Recording) => Promise<RunReport>,
): Promise<void> {
  // Only a run draws: a plan, which is looked at often, does without the time that listr2 takes to load.
  const { ProgressTree } = await import("../report/tree.js");
  const lock = await lockCluster(fleet);
  try {
    const runId = new Date()
      .toISOString()
      .replaceAll(/[-:]|\..*/g, "")
      .replace("T", "-");
    const journal = new Journal(folder, runId);
    const tree = json ? undefined : new ProgressTree({ lines });
    interrupt.listen();
    try {
      const listen = all(journal.listen, tree?.listen ?? ndjson);
      const { requested: stopRequested } = interrupt;
      const report = await work({ runId, origin, journal: journal.path, stopRequested, listen });
      await tree?.drawn();
      if (!json) process.stdout.write(`${runText(report)}\n`);
    } finally {
      tree?.abandon();
      await tree?.drawn();
      journal.close();
    }
  } catch (error) {
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    await lock.release();
  }
}

/** Every listener hears of an event, even when one before it fails: a journal on a full disk silences nobody else. */
function all(first: Listener, ...others: readonly Listener[]): Listener {
  return (event) => {
    try {
      first(event);
    } finally {
      for (const listener of others) listener(event);
    }
  };
}
