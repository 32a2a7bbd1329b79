import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha steps`. */
export function addSteps(program: Command): void {
  program
    .command("steps")
    .description("list the steps in order, with the purpose of each; or one step, with its commands by hand")
    .argument("[step]", "show only this step, with the commands that one would type by hand")
    .option("-i, --inventory <file>", "with a step: use the values of this inventory in the commands")
    .option("--playbook <file>", "a file with the steps and their order (default: the built-in playbook)")
    .action(async (id, options) => {
      const { listSteps, showStep } = await import("./show-steps.js");
      await (id === undefined ? listSteps(options.playbook) : showStep(id, options));
    });
}
