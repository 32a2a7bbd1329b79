import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../changes/change.js";
import type { StepName } from "../engine/events.js";
import { Failure } from "../failure.js";
import { confirm } from "./ask.js";

/** Whether the operator wants these changes; asked unless `--yes` was said. */
export async function agrees(changes: number, yes: boolean): Promise<boolean> {
  if (yes) return true;
  requireTerminal(`${changes} changes: confirmation required`, "review the plan, then pass --yes");
  return confirm(`\nMake these ${changes} changes?`);
}

/** Whether the operator wants these changes taken back; asked unless `--yes` was said. */
export async function agreesToRollback(changes: number, yes: boolean): Promise<boolean> {
  if (yes) return true;
  requireTerminal(`${changes} changes to undo: confirmation required`, "review the plan, then pass --yes");
  return confirm(`\nUndo these ${changes} changes?`);
}

/** For `--step`: asks before each step that has something to change. */
export async function agreesToStep({ id, title }: StepName, changes: readonly Change[]): Promise<boolean> {
  const hosts = [...new Set(changes.map(({ host }) => host))];
  return confirmMeanwhile(`\n${title} [${id}]: ${changes.length} changes on ${hosts.join(", ")}.`);
}

/** For `confirm:` in a playbook; `--yes` says yes to it, and without a terminal nobody does. */
export async function agreesToGoOn(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  return process.stdin.isTTY ? confirmMeanwhile(`\n${question}`) : false;
}

/** Asks in the middle of a run: what it told before is drawn a moment later, and must not run into the question. */
async function confirmMeanwhile(question: string): Promise<boolean> {
  await delay(100);
  return confirm(question);
}

/** @throws Failure where there is no terminal to ask on. */
export function requireTerminal(what: string, hint: string): void {
  if (process.stdin.isTTY) return;
  throw new Failure(`${what}, and there is no terminal`, { hint });
}
