import { setTimeout as delay } from "node:timers/promises";
import { doAll, waitForCluster } from "./deeds.js";
import { isMeant, type Fault, type Round } from "./faults/fault.js";
import type { Outcome } from "./migration.js";
import { lastWords, type Stage } from "./stage.js";
import type { Told } from "./told.js";

/** Plays a fault's rounds, goes on with `--resume`, and compares the end. */
export async function playFault(stage: Stage, fault: Fault): Promise<void> {
  let finished = false;
  for (const round of fault.rounds) {
    const { outcome, struck } = await playFirst(stage, [round]);
    if (round.when !== undefined && struck === undefined) throw neverCameTo([round], outcome);
    finished = outcome.exitCode === 0;
    expectSaid(round, outcome);
  }
  if (!finished) {
    await waitForCluster(stage.lab);
    const outcome = await stage.run();
    if (outcome.exitCode !== 0) throw new Error(`not resumed once all was mended\n${lastWords(outcome)}`);
  }
  await stage.expectSameEnd();
}

/**
 * Plays rounds in one migration: each run strikes at the first moment that is left, then all is mended, and the next
 * run resumes. A moment that passed beside another's has its turn in another migration.
 */
export async function playChain(stage: Stage, rounds: readonly Round[]): Promise<void> {
  let left = rounds;
  for (;;) {
    const { outcome, struck } = await playFirst(stage, left);
    if (struck === undefined) {
      if (outcome.exitCode !== 0) throw new Error(`not resumed once all was mended\n${lastWords(outcome)}`);
      break;
    }
    expectSaid(struck, outcome);
    left = left.filter((round) => round !== struck);
    if (outcome.exitCode !== 0) await waitForCluster(stage.lab);
  }
  await stage.expectSameEnd();
  if (left.length === 0) return;
  if (left.length === rounds.length) throw neverCameTo(left);
  await stage.begin();
  await playChain(stage, left);
}

/** One run, struck by the first of the rounds whose moment comes. */
async function playFirst(
  stage: Stage,
  rounds: readonly Round[],
): Promise<{ outcome: Outcome; struck: Round | undefined }> {
  // What is done before the program starts needs no moment of its own.
  const [first] = rounds;
  const alone = rounds.length === 1 ? first : undefined;
  await doAll(stage.program, alone?.first ?? []);
  let struck: Round | undefined;
  let striking: Promise<void> | undefined;
  let lifted = false;
  const lift = async (): Promise<void> => {
    if (lifted) return;
    lifted = true;
    await doAll(stage.program, (struck ?? alone)?.lift ?? []);
  };
  const outcome = await stage.run((told) => {
    struck ??= rounds.find((round) => isDue(stage, round, told));
    if (struck === undefined || striking !== undefined) return;
    const { when, strike = [], forSeconds } = struck;
    striking = (async () => {
      if (when?.at === "middle") await delay(durationOf(stage, told.change.name) / 2);
      await doAll(stage.program, strike);
      if (forSeconds === undefined) return;
      await delay(forSeconds * 1000);
      await lift();
    })();
  });
  await striking;
  await lift();
  return { outcome, struck };
}

function neverCameTo(rounds: readonly Round[], outcome?: Outcome): Error {
  const moments = rounds.map(({ when }) => JSON.stringify(when)).join(", ");
  return new Error(`never came to ${moments}${outcome ? `\n${lastWords(outcome)}` : ""}`);
}

function isDue({ reference }: Stage, { when }: Round, { type, change }: Told): boolean {
  if (when === undefined || !isMeant(when, change)) return false;
  if (when.at === "middle" && !reference.changes.some(({ name }) => name === change.name)) return false;
  return type === (when.at === "end" ? "change-done" : "change-started");
}

function durationOf({ reference }: Stage, name: string): number {
  return reference.changes.find((change) => change.name === name)?.ms ?? 0;
}

/** It stopped and said what and where, and how to go on; or it came through, where it may. */
function expectSaid({ says, mayPass }: Round, outcome: Outcome): void {
  if (outcome.exitCode === 0) {
    if (says !== undefined && mayPass !== true) throw new Error(`it came through, and never said ${says}`);
    return;
  }
  if (outcome.exitCode === 137) throw new Error("it did not end by itself");
  if (says === undefined) throw new Error(`it did not come through\n${lastWords(outcome)}`);
  if (!says.test(outcome.said)) throw new Error(`it did not say ${says}\n${lastWords(outcome)}`);
}
