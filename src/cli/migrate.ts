import { type Command } from "@commander-js/extra-typings";
import { requireApi, waitForFormerWork } from "../engine/before-plan.js";
import { Journal, journalFolder, lastRun } from "../engine/journal.js";
import { lockCluster } from "../engine/lock.js";
import { makePlan } from "../engine/plan.js";
import { countsOf, problemsOf } from "../engine/plan-summary.js";
import { run, type RunOptions } from "../engine/run.js";
import type { Listener } from "../engine/events.js";
import { Failure } from "../failure.js";
import { ndjson } from "../report/ndjson.js";
import { planText } from "../report/plan-text.js";
import { runText } from "../report/run-text.js";
import { ProgressTree } from "../report/tree.js";
import { confirm } from "./ask.js";
import { EXIT } from "./exit-codes.js";
import { openSession, type Session } from "./session.js";
import { Interrupt } from "./signals.js";

interface Options {
  readonly inventory: string;
  readonly playbook?: string;
  readonly dryRun?: true;
  readonly resume?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly detailedExitcode?: true;
}

/** `k8s-ha migrate` and `k8s-ha plan`, which is `migrate --dry-run`. */
export function addMigrate(program: Command): void {
  for (const name of ["migrate", "plan"] as const) {
    const command = program
      .command(name)
      .description(
        name === "plan"
          ? "show what migrate would change, and change nothing (the same as migrate --dry-run)"
          : "take the cluster to several masters behind the endpoint, step by step",
      )
      .requiredOption("-i, --inventory <file>", "the inventory")
      .option("--playbook <file>", "the steps and their order (default: the one that comes with k8s-ha)")
      .option("--json", "events as lines of JSON on standard output")
      .option("--detailed-exitcode", "with a plan: exit with 3 when there are changes");
    if (name === "plan") {
      command.action(async (options) => {
        process.exitCode = await migrate({ ...options, dryRun: true });
      });
      continue;
    }
    command
      .option("--dry-run", "show the plan with its diffs, write nothing anywhere")
      .option("--resume", "go on with the run that was stopped or failed")
      .option("-y, --yes", "do not ask before changing")
      .action(async (options) => {
        process.exitCode = await migrate(options);
      });
  }
}

async function migrate(options: Options): Promise<number> {
  const folder = journalFolder(options.inventory);
  if (options.resume) sayWhatIsResumed(folder);
  const interrupt = new Interrupt();
  const session = await openSession(options, interrupt.signal);
  try {
    const steps = session.steps.map(({ step }) => step);
    await waitForFormerWork(session.fleet, (text) => process.stderr.write(`${text}\n`));
    await requireApi(session.fleet.look());
    const plannedAt = performance.now();
    const plan = await makePlan(steps, session.fleet.look());
    if (options.json) ndjson({ type: "planned", plan });
    else process.stdout.write(`${planText(plan)}\n`);
    if (problemsOf(plan, "blocker").length > 0) return EXIT.failed;
    const { changes } = countsOf(plan);
    if (options.dryRun) return changes > 0 && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
    // A run that failed in its proofs has nothing left to change, and is finished only when they are good.
    const unproved = lastRun(folder)?.finished === false;
    if (changes === 0 && !unproved) return EXIT.done;
    if (changes > 0 && !(await mayChange(options, changes))) {
      process.stderr.write("nothing was changed\n");
      return EXIT.done;
    }
    const lock = await lockCluster(session.fleet);
    try {
      return await change(session, options, folder, { plan, plannedAt }, interrupt);
    } catch (error) {
      interrupt.signal.throwIfAborted();
      throw error;
    } finally {
      await lock.release();
    }
  } finally {
    await session.close();
  }
}

async function change(
  session: Session,
  options: Options,
  folder: string,
  agreed: Pick<RunOptions, "plan" | "plannedAt">,
  interrupt: Interrupt,
): Promise<number> {
  const runId = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  const journal = new Journal(folder, runId);
  const tree = options.json ? undefined : new ProgressTree();
  interrupt.listen();
  try {
    const report = await run(session.steps, session.fleet, {
      runId,
      ...agreed,
      journal: journal.path,
      stopRequested: interrupt.requested,
      listen: all(journal.listen, tree?.listen ?? ndjson),
    });
    await tree?.drawn();
    if (!options.json) process.stdout.write(`${runText(report)}\n`);
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

async function mayChange(options: Options, changes: number): Promise<boolean> {
  if (options.yes) return true;
  if (!process.stdin.isTTY) {
    throw new Failure(`${changes} changes wait for a yes, and there is no terminal to ask on`, {
      hint: "look at the plan, then say --yes",
    });
  }
  return confirm(`\nMake these ${changes} changes?`);
}

function sayWhatIsResumed(folder: string): void {
  const former = lastRun(folder);
  if (former === undefined || former.finished) {
    throw new Failure("there is no unfinished run of this inventory to resume", {
      hint: "start without --resume: whatever is true already is found and left alone",
    });
  }
  process.stderr.write(
    `resuming run ${former.runId}, which ended in the step ${former.step ?? "before the first"}\n`,
  );
}
