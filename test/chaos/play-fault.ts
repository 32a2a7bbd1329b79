import { setTimeout as delay } from "node:timers/promises";
import { runActions, waitForCluster } from "./actions.js";
import { matches, type Fault, type Round } from "./faults/fault.js";
import type { Outcome } from "./migration.js";
import { lastLines, type Stage } from "./stage.js";
import type { ChangeEvent } from "./change-events.js";

/** Plays a fault's rounds, resumes, and compares the end state. */
export async function playFault(stage: Stage, fault: Fault): Promise<void> {
  let finished = false;
  for (const round of fault.rounds) {
    const { outcome, active } = await playFirst(stage, [round]);
    if (round.when !== undefined && active === undefined) throw neverReached([round], outcome);
    finished = outcome.exitCode === 0;
    expectReport(round, outcome);
  }
  if (!finished) {
    await waitForCluster(stage.lab);
    const outcome = await stage.run();
    if (outcome.exitCode !== 0)
      throw new Error(`not resumed after all faults were removed\n${lastLines(outcome)}`);
  }
  await stage.expectSameEnd();
}

/**
 * Plays rounds in one migration: each run injects the fault of the first remaining moment that it reaches, removes it,
 * and the next run resumes. A moment that passed in parallel with another one is played in another migration.
 */
export async function playChain(stage: Stage, rounds: readonly Round[]): Promise<void> {
  let left = rounds;
  for (;;) {
    const { outcome, active } = await playFirst(stage, left);
    if (active === undefined) {
      if (outcome.exitCode !== 0)
        throw new Error(`not resumed after all faults were removed\n${lastLines(outcome)}`);
      break;
    }
    expectReport(active, outcome);
    left = left.filter((round) => round !== active);
    if (outcome.exitCode !== 0) await waitForCluster(stage.lab);
  }
  await stage.expectSameEnd();
  if (left.length === 0) return;
  if (left.length === rounds.length) throw neverReached(left);
  await stage.begin();
  await playChain(stage, left);
}

/** One run, with the first of the rounds whose moment is reached. */
async function playFirst(
  stage: Stage,
  rounds: readonly Round[],
): Promise<{ outcome: Outcome; active: Round | undefined }> {
  // Actions before the program starts need no moment.
  const [first] = rounds;
  const alone = rounds.length === 1 ? first : undefined;
  await runActions(stage.program, alone?.first ?? []);
  let active: Round | undefined;
  let injecting: Promise<void> | undefined;
  let isRemoved = false;
  const removeFault = async (): Promise<void> => {
    if (isRemoved) return;
    isRemoved = true;
    await runActions(stage.program, (active ?? alone)?.remove ?? []);
  };
  const outcome = await stage.run((event) => {
    active ??= rounds.find((round) => isDue(stage, round, event));
    if (active === undefined || injecting !== undefined) return;
    const { when, inject = [], forSeconds } = active;
    injecting = (async () => {
      if (when?.at === "middle") await delay(durationOf(stage, event.change.name) / 2);
      await runActions(stage.program, inject);
      if (forSeconds === undefined) return;
      await delay(forSeconds * 1000);
      await removeFault();
    })();
  });
  await injecting;
  await removeFault();
  return { outcome, active };
}

function neverReached(rounds: readonly Round[], outcome?: Outcome): Error {
  const moments = rounds.map(({ when }) => JSON.stringify(when)).join(", ");
  return new Error(`never reached ${moments}${outcome ? `\n${lastLines(outcome)}` : ""}`);
}

function isDue({ reference }: Stage, { when }: Round, { type, change }: ChangeEvent): boolean {
  if (when === undefined || !matches(when, change)) return false;
  if (when.at === "middle" && !reference.changes.some(({ name }) => name === change.name)) return false;
  return type === (when.at === "end" ? "change-done" : "change-started");
}

function durationOf({ reference }: Stage, name: string): number {
  return reference.changes.find((change) => change.name === name)?.ms ?? 0;
}

/** It stopped, and reported failure, host and how to continue; or it succeeded, if allowed. */
function expectReport({ reports, mayPass }: Round, outcome: Outcome): void {
  if (outcome.exitCode === 0) {
    if (reports !== undefined && mayPass !== true)
      throw new Error(`it succeeded, and never reported ${reports}`);
    return;
  }
  if (outcome.exitCode === 137) throw new Error("it did not end by itself");
  if (reports === undefined) throw new Error(`it did not succeed\n${lastLines(outcome)}`);
  if (!reports.test(outcome.output)) throw new Error(`it did not report ${reports}\n${lastLines(outcome)}`);
}
