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
    const outcome = await playRound(stage, round);
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

async function playRound(stage: Stage, round: Round): Promise<Outcome> {
  const { lab } = stage;
  await doAll(lab, round.first ?? []);
  let struck: Promise<void> | undefined;
  let lifted = false;
  const lift = async (): Promise<void> => {
    if (lifted) return;
    lifted = true;
    await doAll(lab, round.lift ?? []);
  };
  const outcome = await stage.run((told) => {
    if (struck !== undefined || !isDue(stage, round, told)) return;
    struck = (async () => {
      if (round.when?.at === "middle") await delay(durationOf(stage, told.change.name) / 2);
      await doAll(lab, round.strike ?? []);
      if (round.forSeconds === undefined) return;
      await delay(round.forSeconds * 1000);
      await lift();
    })();
  });
  if (round.when !== undefined && struck === undefined) {
    throw new Error(`the run never came to ${JSON.stringify(round.when)}\n${lastWords(outcome)}`);
  }
  await struck;
  await lift();
  return outcome;
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
