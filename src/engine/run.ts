import { kindOf, type Change } from "../changes/change.js";
import type { ApplyContext } from "../changes/kind.js";
import { RunSecrets } from "../changes/run-secrets.js";
import { Failure } from "../failure.js";
import type { Fleet } from "../machine/fleet.js";
import type { Check, Step } from "../steps/step.js";
import type { AvailabilityProbe } from "./availability.js";
import type { Baseline } from "./baseline.js";
import type { ClusterId } from "./cluster-id.js";
import type { Listener, StepName } from "./events.js";
import { holdUp } from "./hold.js";
import { inOrder } from "./in-order.js";
import { withSkipHint } from "./lost-host.js";
import type { Migration, Writing } from "./migration.js";
import { operatorName } from "./operator-name.js";
import type { Origin } from "./origin.js";
import { finalVerification, requirePassed, verifyStep } from "./verification.js";
import { replan, type Agreement } from "./replan.js";
import type { RunReport } from "./report.js";
import { Stopped } from "./stopped.js";

/** A failed run: with the step and the change that failed, or neither if it failed between steps. */
export class StepFailed extends Failure {
  constructor(
    readonly step: string | undefined,
    readonly change: Change | undefined,
    cause: unknown,
  ) {
    const from = cause instanceof Failure ? cause : undefined;
    const host = from?.host ?? change?.host;
    super(cause instanceof Error ? cause.message : String(cause), {
      ...(host !== undefined && { host }),
      ...(from?.hint !== undefined && { hint: from.hint }),
      cause,
    });
  }
}

/** Steps in the order of a playbook, each with the number of hosts it may change at once. */
export type OrderedSteps = readonly { readonly step: Step; readonly atATime: number }[];

/** Options of a run. */
export interface RunOptions {
  readonly runId: string;
  readonly origin: Origin;
  readonly cluster: ClusterId;
  readonly agreed: Agreement;
  readonly listen: Listener;
  readonly journal: string;
  /** What it may create in the cluster. */
  readonly writing: Writing;
  /** What the cluster had before the run that this one resumes; by default, what it has now. */
  readonly baseline?: Baseline;
  /** Called before each change: whether the operator requested a stop. */
  readonly stopRequested: () => boolean;
  /** Called before each step with changes; by default every step may start. */
  readonly mayBegin?: (step: StepName, changes: readonly Change[]) => Promise<boolean>;
  /** Called for a `confirm` entry of a playbook; without it, the run stops there. */
  readonly confirms?: (question: string) => Promise<boolean>;
}

/**
 * Runs the steps in order: each is planned again, applied, and verified before the next one starts.
 * @throws StepFailed, Stopped
 */
export async function run(
  steps: OrderedSteps,
  fleet: Fleet,
  migration: Migration,
  options: RunOptions,
): Promise<RunReport> {
  const { listen, runId } = options;
  const started = performance.now();
  const secrets = new RunSecrets();
  const skippedHosts = new Set<string>();
  // If the cluster was not ready, only the step that repairs it was planned.
  const planned = steps.filter(({ step }) => options.agreed.plan.steps.some(({ id }) => id === step.id));
  const isPart = planned.length < steps.length;
  const all = planned.map(({ step }) => step);
  let probe: AvailabilityProbe | undefined;
  try {
    // While the cluster is not ready, its objects cannot be read.
    const before = options.baseline ?? (isPart ? undefined : await migration.baseline(fleet.look()));
    const verification = finalVerification(all, (look) => migration.healthChecks(look, before));
    listen({
      type: "run-started",
      mode: "migrate",
      by: operatorName(),
      runId,
      origin: options.origin,
      cluster: options.cluster,
      ...(fleet.lost.size > 0 && { skipHosts: [...fleet.lost] }),
      scope: options.agreed.scope,
      steps: [...all, ...(isPart ? [] : [verification])].map(({ id, title }) => ({ id, title })),
    });
    if (before !== undefined) listen({ type: "baseline", baseline: before });
    probe = await migration.probeAvailability(fleet, { during: "migrate", writes: options.writing.objects });
    let changes = 0;
    for (const { step, atATime } of planned) {
      changes += (await runStep(step, atATime, { fleet, secrets, skippedHosts, options })).changes;
    }
    if (isPart) {
      throw new Stopped("the planned part is complete; the next run plans the remaining steps");
    }
    const { checks } = await runStep(verification, 1, { fleet, secrets, skippedHosts, options }, () =>
      migration.writingChecks(fleet, options.writing, runId),
    );
    const seconds = (performance.now() - started) / 1000;
    const availability = await probe.stop();
    const { journal } = options;
    const lostHosts = migration.lostHosts(fleet);
    const report = {
      runId,
      changes,
      seconds,
      checks,
      skippedHosts: [...skippedHosts],
      availability,
      journal,
      ...(lostHosts.length > 0 && { lostHosts }),
    };
    listen({ type: "run-done", report });
    return report;
  } catch (error) {
    await probe?.stop();
    throw runFailure(withSkipHint(error, fleet));
  }
}

/** The error to report: every end of a run except success shows how to continue. */
export function runFailure(error: unknown, step?: string): Stopped | StepFailed {
  return error instanceof Stopped || error instanceof StepFailed
    ? error
    : new StepFailed(step, undefined, error);
}

/** State shared by the steps of a run. */
interface Running {
  readonly fleet: Fleet;
  readonly secrets: RunSecrets;
  /** The hosts that --limit has skipped so far. */
  readonly skippedHosts: Set<string>;
  readonly options: RunOptions;
}

async function runStep(
  step: Step,
  atATime: number,
  { fleet, secrets, skippedHosts, options }: Running,
  lastChecks?: () => Promise<readonly Check[]>,
): Promise<{ changes: number; checks: readonly Check[] }> {
  const { listen } = options;
  const started = performance.now();
  try {
    listen({ type: "step-started", step: step.id });
    if (options.stopRequested()) throw new Stopped("stopped as requested, between two steps");
    if (step.hold) await holdUp(step.hold, { ...options, signal: fleet.signal });
    const changes = await replan(step, fleet, options.agreed, skippedHosts, listen);
    if (changes.length > 0 && (await options.mayBegin?.(step, changes)) === false)
      throw new Stopped(`stopped as requested, before the step ${step.id}`);
    const apply = async (change: Change): Promise<void> => {
      if (options.stopRequested()) throw new Stopped("stopped as requested, between two changes");
      await applyChange(step, change, fleet, secrets, options).catch((error: unknown) => {
        throw new StepFailed(step.id, change, withSkipHint(error, fleet));
      });
    };
    await inOrder(changes, ({ host }) => host, atATime, apply);
    const own = await verifyStep(step, fleet, options.stopRequested, skippedHosts);
    const last = (await lastChecks?.()) ?? [];
    requirePassed(last);
    const checks = [...own, ...last];
    listen({ type: "checks", step: step.id, checks });
    listen({ type: "step-done", step: step.id, changes: changes.length, ms: performance.now() - started });
    return { changes: changes.length, checks };
  } catch (error) {
    const failure = runFailure(withSkipHint(error, fleet), step.id);
    try {
      listen({ type: "step-failed", step: step.id, error: failure });
    } catch {
      // A listener that fails here, such as a journal on a full disk, must not hide why the step failed.
    }
    throw failure;
  }
}

async function applyChange(
  step: Step,
  change: Change,
  fleet: Fleet,
  secrets: RunSecrets,
  { listen, runId }: RunOptions,
): Promise<void> {
  const started = performance.now();
  const kind = kindOf(change);
  const context: ApplyContext = {
    host: fleet.host(change.host),
    fleet,
    secrets,
    runId,
    note: (text) => {
      listen({ type: "note", step: step.id, text });
    },
  };
  // Recorded on the operator's disk before the change, so that a killed run can also be rolled back.
  const before = "stays" in kind.undo ? {} : { before: await kind.undo.before(change, context) };
  listen({ type: "change-started", step: step.id, change, ...before });
  await kind.apply(change, context);
  listen({ type: "change-done", step: step.id, change, ms: performance.now() - started });
}
