import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha steps`. */
export function addSteps(program: Command): void {
  program
    .command("steps")
    .description("list the steps in their order, and what each is for")
    .option("--playbook <file>", "the steps and their order (default: the one that comes with k8s-ha)")
    .action(async ({ playbook }) => {
      const { paint } = await import("../report/plan-text.js");
      const { stepsInOrder } = await import("./session.js");
      const { stepsBefore } = await import("../steps/rules.js");
      for (const { step } of await stepsInOrder(playbook)) {
        process.stdout.write(`${paint("bold", step.id)}\n  ${step.title}\n  ${step.why}\n`);
        const before = stepsBefore(step.id);
        if (before.length > 0) process.stdout.write(`  after ${before.join(", ")}\n`);
      }
    });
}
