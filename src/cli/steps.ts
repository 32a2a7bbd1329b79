import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha steps`. */
export function addSteps(program: Command): void {
  program
    .command("steps")
    .description("list the steps in order, with the purpose of each")
    .option("--playbook <file>", "a file with the steps and their order (default: the built-in playbook)")
    .action(async ({ playbook }) => {
      const { paint } = await import("../report/plan-text.js");
      const { stepsInOrder } = await import("./session.js");
      const { stepsBefore } = await import("../steps/rules.js");
      for (const { step } of await stepsInOrder(playbook)) {
        process.stdout.write(`${paint("bold", step.id)}\n  ${step.title}\n  ${step.why}\n`);
        const before = stepsBefore(step.id);
        if (before.length > 0) process.stdout.write(`  after ${before.join(", ")}\n`);
        if (step.optional !== undefined) process.stdout.write(`  optional: ${step.optional}\n`);
      }
    });
}
