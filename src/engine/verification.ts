import { kindOf } from "../changes/change.js";
import { Failure } from "../failure.js";
import type { Fleet, ReadOnlyFleet } from "../machine/fleet.js";
import { isLost, waitUntil } from "../machine/wait.js";
import { check, type Check, type Step } from "../steps/step.js";
import { planStep } from "./plan.js";
import { Stopped } from "./stopped.js";

const SETTLE_SECONDS = 30;

/** The id of {@link finalVerification}. */
export const FINAL_VERIFICATION = "verify";

/**
 * The last step of every run: verifies all steps again, except momentary ones, and the cluster, in parallel.
 * @param health checks of the cluster beyond those of the steps
 */
export function finalVerification(
  steps: readonly Step[],
  health: (look: ReadOnlyFleet) => Promise<readonly Check[]>,
): Step {
  return {
    id: FINAL_VERIFICATION,
    title: "Final verification",
    why: "A later step may have undone what an earlier one set up.",
    rollout: "together",
    settleSeconds: 120,
    probe: () => Promise.resolve(null),
    plan: () => ({ changes: [] }),
    verify: async (fleet) =>
      (
        await Promise.all([
          ...steps.map((step) => (step.isMomentary ? [] : checksOf(step.title, () => step.verify?.(fleet)))),
          checksOf("Health of the cluster", () => health(fleet)),
          pendingChanges(steps, fleet),
        ])
      ).flat(),
  };
}

/**
 * No step would change anything: its plan compares all of its files and settings, its own checks only what they lead to.
 * Each change is a failed check of its host.
 */
async function pendingChanges(steps: readonly Step[], fleet: ReadOnlyFleet): Promise<readonly Check[]> {
  const compared = steps.filter(
    ({ hold, isGate, isMomentary, onlyBesideOthers }) =>
      !(hold !== undefined || isGate || isMomentary || onlyBesideOthers),
  );
  const pending = compared.map((step) =>
    checksOf(step.title, async () => {
      const { changes } = await planStep(step, fleet);
      return changes.map((change) =>
        check(change.host, `pending change of step ${step.id}`, "none", kindOf(change).describe(change)),
      );
    }),
  );
  const checks = (await Promise.all(pending)).flat();
  return checks.length > 0 ? checks : [check("cluster", "pending changes of all steps", "none", "none")];
}

/** A check that cannot be made fails: its error must not hide the other checks. */
async function checksOf(
  what: string,
  verify: () => Promise<readonly Check[]> | undefined,
): Promise<readonly Check[]> {
  try {
    return (await verify()) ?? [];
  } catch (error) {
    if (!(error instanceof Failure) || isLost(error)) throw error;
    return [check(error.host ?? "cluster", what, "can be checked", error.message)];
  }
}

/**
 * Repeats a step's checks until all pass, or until they fail in the same way for the step's time limit. Failed checks on skipped hosts are ignored.
 * @throws Failure with the failed checks; Stopped if a stop is requested before they pass.
 */
export async function verifyStep(
  step: Step,
  fleet: Fleet,
  stopRequested: () => boolean,
  skippedHosts: ReadonlySet<string> = new Set(),
): Promise<readonly Check[]> {
  if (step.verify === undefined) return [];
  let checks: readonly Check[] = [];
  let asked = false;
  let stopped = false as boolean;
  let next = 0;
  const pauseMs = step.hold?.kind === "wait" ? step.hold.everySeconds * 1000 : 0;
  const isBad = ({ ok, host }: Check): boolean =>
    !ok && !host.split(",").some((name) => skippedHosts.has(name));
  try {
    await waitUntil(
      `the checks of step ${step.id}`,
      step.settleSeconds ?? SETTLE_SECONDS,
      fleet.signal,
      async () => {
        stopped = asked && stopRequested();
        if (stopped) return true;
        if (performance.now() < next) return false;
        next = performance.now() + pauseMs;
        asked = true;
        checks = (await step.verify?.(fleet.look())) ?? [];
        return !checks.some(isBad);
      },
      // A playbook's own wait has the limit that its author set.
      step.hold === undefined ? () => checks.filter(isBad).map(inWords).join("\n") : undefined,
    );
  } catch (error) {
    const bad = checks.filter(isBad);
    if (bad.length === 0 || !(error instanceof Failure) || isLost(error)) throw error;
    throw notVerified(
      `not verified within ${step.settleSeconds ?? SETTLE_SECONDS} s${step.hold === undefined ? " without progress" : ""}`,
      bad,
      error,
    );
  }
  if (stopped) throw new Stopped("stopped as requested, while waiting for the step's checks");
  return checks;
}

/** @throws Failure with the failed checks */
export function requirePassed(checks: readonly Check[]): void {
  const bad = checks.filter(({ ok }) => !ok);
  if (bad.length > 0) throw notVerified("not verified", bad);
}

function inWords({ host, what, expected, actual }: Check): string {
  return `${host}: ${what}: expected ${expected}, found ${actual}`;
}

function notVerified(what: string, bad: readonly Check[], cause?: unknown): Failure {
  const lines = bad.map(inWords);
  const host = bad[0]?.host;
  return new Failure(`${what}:\n${lines.join("\n")}`, { ...(host !== undefined && { host }), cause });
}
