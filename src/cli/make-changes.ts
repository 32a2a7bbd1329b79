import type { Listener } from "../engine/events.js";
import { Journal } from "../engine/journal.js";
import { lockCluster } from "../engine/lock.js";
import type { Agreement } from "../engine/replan.js";
import { run, type OrderedSteps } from "../engine/run.js";
import { ndjson } from "../report/ndjson.js";
import { runText } from "../report/run-text.js";
import { ProgressTree } from "../report/tree.js";
import { agreesToStep } from "./agree.js";
import { EXIT } from "./exit-codes.js";
import type { Session } from "./session.js";
import type { Interrupt } from "./signals.js";

/** How a run is shown and steered. */
export interface RunStyle {
  readonly json: boolean;
  /** Asks before each step. */
  readonly step: boolean;
}

/** Runs these steps under the cluster's lock, with a journal in this folder; gives the exit code. */
export async function makeChanges(
  session: Session,
  steps: OrderedSteps,
  agreed: Agreement,
  folder: string,
  style: RunStyle,
  interrupt: Interrupt,
): Promise<number> {
  const lock = await lockCluster(session.fleet);
  try {
    return await journaled(session, steps, agreed, folder, style, interrupt);
  } catch (error) {
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    await lock.release();
  }
}

async function journaled(
  { fleet, origin }: Session,
  steps: OrderedSteps,
  agreed: Agreement,
  folder: string,
  { json, step }: RunStyle,
  interrupt: Interrupt,
): Promise<number> {
  const runId = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  const journal = new Journal(folder, runId);
  // Between questions there is no room for a tree that is drawn over and over.
  const tree = json ? undefined : new ProgressTree({ lines: step });
  interrupt.listen();
  try {
    const report = await run(steps, fleet, {
      runId,
      origin,
      agreed,
      journal: journal.path,
      stopRequested: interrupt.requested,
      listen: all(journal.listen, tree?.listen ?? ndjson),
      ...(step && { mayBegin: agreesToStep }),
    });
    await tree?.drawn();
    if (!json) process.stdout.write(`${runText(report)}\n`);
    return EXIT.done;
  } finally {
    tree?.abandon();
    await tree?.drawn();
    journal.close();
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
