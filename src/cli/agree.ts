import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../changes/change.js";
import type { StepName } from "../engine/events.js";
import { Failure } from "../failure.js";
import { confirm } from "./ask.js";

/** Asks the operator to confirm these changes, unless `--yes` is set. */
export async function agrees(changes: number, yes: boolean): Promise<boolean> {
  if (yes) return true;
  requireTerminal(`${changes} changes: confirmation required`, "review the plan, then pass --yes");
  return confirm(`\nMake these ${changes} changes?`);
}

/** Asks the operator to confirm undoing these changes, unless `--yes` is set. */
export async function agreesToRollback(changes: number, yes: boolean): Promise<boolean> {
  if (yes) return true;
  requireTerminal(`${changes} changes to undo: confirmation required`, "review the plan, then pass --yes");
  return confirm(`\nUndo these ${changes} changes?`);
}

/** For `--step`: asks before each step with changes. */
export async function agreesToStep({ id, title }: StepName, changes: readonly Change[]): Promise<boolean> {
  const hosts = [...new Set(changes.map(({ host }) => host))];
  return confirmMeanwhile(`\n${title} [${id}]: ${changes.length} changes on ${hosts.join(", ")}.`);
}

/** For `confirm:` in a playbook: `--yes` confirms it; without a terminal it is not confirmed. */
export async function agreesToContinue(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  return process.stdin.isTTY ? confirmMeanwhile(`\n${question}`) : false;
}

/** Asks during a run, after a short delay: the progress output before the question must be drawn first. */
async function confirmMeanwhile(question: string): Promise<boolean> {
  await delay(100);
  return confirm(question);
}

/** @throws Failure if there is no terminal to prompt on. */
export function requireTerminal(what: string, hint: string): void {
  if (process.stdin.isTTY) return;
  throw new Failure(`${what}, and there is no terminal`, { hint });
}
