import type { Command } from "@commander-js/extra-typings";
import { paint } from "../report/plan-text.js";
import { stepsInOrder } from "./session.js";

/** `k8s-ha steps`. */
export function addSteps(program: Command): void {
  program
    .command("steps")
    .description("list the steps in their order, and what each is for")
    .option("--playbook <file>", "the steps and their order (default: the one that comes with k8s-ha)")
    .action(async ({ playbook }) => {
      for (const { step } of await stepsInOrder(playbook)) {
        process.stdout.write(`${paint("bold", step.id)}\n  ${step.title}\n  ${step.why}\n`);
      }
    });
}
