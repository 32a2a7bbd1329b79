import { resolve } from "node:path";
import { planFromOutcomes } from "../engine/before-plan.js";
import { Drifted, driftBetween } from "../engine/drift.js";
import { lastRun } from "../engine/journal-reader.js";
import { changedSince } from "../engine/origin.js";
import { countsOf, problemsOf } from "../engine/plan-summary.js";
import { run, StepFailed } from "../engine/run.js";
import { FINAL_VERIFICATION } from "../engine/verification.js";
import { stepsWithin } from "../engine/scope.js";
import { planOnceSettled } from "../engine/settled.js";
import { kubeadmMigration } from "../migration/kubeadm-migration.js";
import { ndjson } from "../report/ndjson.js";
import { savePlan, type SavedPlan } from "../report/plan-file.js";
import { planText } from "../report/plan-text.js";
import { agrees, agreesToContinue, agreesToStep, requireTerminal } from "./agree.js";
import { EXIT } from "./exit-codes.js";
import type { Logins } from "./logins.js";
import { recorded } from "./recording.js";
import { requireSameOrigin, scopeToResume, unfinishedRun } from "./resume.js";
import { allowing } from "../steps/allowed.js";
import { rollBackAfter } from "./roll-back-after.js";
import { scopeOf } from "./scope.js";
import { fetchOthersJournals, inSession, readFiles, type Files } from "./session.js";
import { writingOf, type ProbeOptions } from "./write-probe.js";
import { UsageError } from "./usage.js";

/** How long components that an interrupted run restarted may take to become healthy. */
const SETTLE_SECONDS = 60;

/** Options of `migrate` and `plan`. */
export interface MigrationOptions extends ProbeOptions {
  readonly inventory: string;
  readonly playbook?: string | undefined;
  readonly out?: string;
  readonly from?: string;
  readonly until?: string;
  readonly limit: readonly string[];
  readonly skipHost: readonly string[];
  readonly dryRun?: true;
  readonly resume?: true;
  readonly acceptChanges?: true;
  readonly yes?: true;
  readonly allowUntriedVersion?: true;
  readonly onFailure?: "stop" | "rollback";
  readonly step?: true;
  readonly json?: true;
  readonly detailedExitcode?: true;
}

/**
 * Plans a migration and, unless it is a dry run, applies it.
 * @param logins connections to the inventory's hosts; the caller closes them
 * @param saved the plan to apply exactly
 * @returns the exit code
 */
export async function migrate(options: MigrationOptions, logins: Logins, saved?: SavedPlan): Promise<number> {
  if (options.step) requireTerminal("--step asks before each step", "omit --step, or use --until STEP");
  if (options.acceptChanges && !options.resume) throw new UsageError("--accept-changes requires --resume");
  const files = allow(await readFiles(logins, options.playbook), options);
  const { origin } = files;
  if (saved) refuse(changedSince(saved.origin, origin), "the plan was made from other input:");
  const asked = scopeOf(options, files);
  const { interrupt } = logins;
  const session = await inSession(files, logins);
  const { cluster, journals } = session;
  if (!options.dryRun) await fetchOthersJournals(session);
  const former = options.resume ? unfinishedRun(session) : undefined;
  if (former) requireSameOrigin(former, origin, options.acceptChanges === true);
  const scope = saved?.scope ?? scopeToResume(former, options) ?? asked;

  const plannedAt = performance.now();
  const all = session.steps.map(({ step }) => step);
  const note = (text: string) => process.stderr.write(`${text}\n`);
  const plan = await planOnceSettled(
    () => planFromOutcomes(all, session.fleet, kubeadmMigration, scope, note),
    former ? SETTLE_SECONDS : 0,
    interrupt.signal,
    note,
  );
  if (saved)
    refuse(driftBetween(saved.plan, plan, former !== undefined), "hosts have drifted from the saved plan:");
  if (options.json) ndjson({ type: "planned", plan });
  else process.stdout.write(`${planText(plan, writingOf(options))}\n`);
  if (options.out !== undefined) {
    const { inventory, playbook } = options;
    const paths = { inventory: resolve(inventory), playbook: playbook && resolve(playbook) };
    const { lost } = session.fleet;
    savePlan(options.out, {
      files: paths,
      origin,
      scope,
      ...(lost.size > 0 && { skipHosts: [...lost] }),
      plan,
    });
  }
  if (problemsOf(plan, "blocker").length > 0) return EXIT.failed;
  const { changes } = countsOf(plan);
  if (options.dryRun) return changes > 0 && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
  // A run that failed in a verification has no changes left, but is finished only when its checks pass.
  const unproved = lastRun(journals, cluster.uid)?.finished === false;
  if (changes === 0 && !unproved) return EXIT.done;
  const yes = options.yes === true;
  if (changes > 0 && !(await agrees(changes, yes))) {
    process.stderr.write("nothing was changed\n");
    return EXIT.stopped;
  }
  const exactly = saved !== undefined || !yes;
  const agreed = { plan, plannedAt, scope, exactly };
  const step = options.step === true;
  const { run: steps } = stepsWithin(scope, session.steps);
  // Prompts and a redrawn progress tree cannot share the terminal.
  const asks = step || (!yes && steps.some((one) => one.step.hold?.kind === "confirm"));
  const style = { json: options.json === true, lines: asks };
  const confirms = (question: string) => agreesToContinue(question, yes);
  const writing = writingOf(options);
  try {
    await recorded(session, style, interrupt, (recording) =>
      run(steps, session.fleet, kubeadmMigration, {
        ...recording,
        agreed,
        confirms,
        writing,
        ...(former?.baseline !== undefined && { baseline: former.baseline }),
        ...(step && { mayBegin: agreesToStep }),
      }),
    );
  } catch (error) {
    if (options.onFailure !== "rollback" || !(error instanceof StepFailed)) throw error;
    if (error.step === FINAL_VERIFICATION) {
      process.stderr.write(
        "not rolled back: all changes are made, and the cluster may serve its clients; continue with --resume, or roll back with k8s-ha rollback\n",
      );
      throw error;
    }
    return await rollBackAfter(error, session, options, logins);
  }
  return EXIT.done;
}

/** Turns the blockers that the operator allowed into warnings in every plan of this run. */
function allow(files: Files, { allowUntriedVersion }: MigrationOptions): Files {
  if (!allowUntriedVersion) return files;
  const steps = files.steps.map((one) => ({ ...one, step: allowing(one.step, ["--allow-untried-version"]) }));
  return { ...files, steps };
}

/** @throws Drifted if there is any difference. */
function refuse(differences: readonly string[], what: string): void {
  if (differences.length === 0) return;
  throw new Drifted(what, differences, "nothing was changed; save a new plan with --out and review it");
}
