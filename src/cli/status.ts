import type { Command } from "@commander-js/extra-typings";

/** `k8s-ha status`. */
export function addStatus(program: Command): void {
  program
    .command("status")
    .description("show how the last run ended, who holds the lock, and how to go on or back; changes nothing")
    .requiredOption("-i, --inventory <file>", "the inventory file")
    .option("--playbook <file>", "the playbook of the last run (default: the built-in playbook)")
    .option("--json", "the status as JSON on standard output")
    .option(
      "--detailed-exitcode",
      "exit with code 6 while a run holds the lock, and with code 3 if the last run is incomplete",
    )
    .action(async (options) => {
      const { showStatus } = await import("./show-status.js");
      process.exitCode = await showStatus(options);
    });
}
