import { loadInventory } from "../inventory/load.js";
import { byHandText } from "../report/by-hand-text.js";
import { paint } from "../report/plan-text.js";
import { byHand } from "../steps/by-hand.js";
import { stepsBefore } from "../steps/rules.js";
import type { Step } from "../steps/step.js";
import { requireKnown } from "./known.js";
import { stepsInOrder } from "./session.js";

/** Prints the steps of a playbook in order. @throws InvalidFile */
export async function listSteps(playbook: string | undefined): Promise<void> {
  for (const { step } of await stepsInOrder(playbook)) process.stdout.write(`${lines(step).join("\n")}\n`);
}

/**
 * Prints one step, and the commands that do it by hand.
 * @throws UsageError if the playbook has no such step; InvalidFile
 */
export async function showStep(
  id: string,
  { playbook, inventory: file }: { readonly playbook?: string; readonly inventory?: string },
): Promise<void> {
  const steps = (await stepsInOrder(playbook)).map(({ step }) => step);
  requireKnown(
    "steps",
    "step",
    [id],
    steps.map((step) => step.id),
  );
  const inventory = file === undefined ? undefined : (await loadInventory(file)).inventory;
  const commands = byHand[id];
  const shown = [
    ...steps.filter((step) => step.id === id).flatMap(lines),
    "",
    ...(commands === undefined
      ? ["Its commands are in the playbook."]
      : [
          paint("bold", "By hand, as root (k8s-ha also checks, waits, and saves what it replaces):"),
          byHandText(commands, inventory),
        ]),
  ];
  process.stdout.write(`${shown.join("\n")}\n`);
}

function lines({ id, title, why, optional }: Step): string[] {
  const before = stepsBefore(id);
  return [
    paint("bold", id),
    `  ${title}`,
    `  ${why}`,
    ...(before.length === 0 ? [] : [`  after ${before.join(", ")}`]),
    ...(optional === undefined ? [] : [`  optional: ${optional}`]),
  ];
}
